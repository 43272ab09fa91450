import { scenarioJsonSchema } from '../../scenario/json-schema.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { EXIT } from '../exit.ts'
import { theCatalog } from '../project.ts'
import { type ReadScenarios, readScenarios } from '../run/choose.ts'
import { complain, say } from '../say.ts'
import { currentLook } from '../terminal.ts'
import { CATALOG, scenarioEntries } from './catalog.ts'
import type { Entry } from './entry.ts'
import { KINDS, type Kind, type ListOptions } from './kinds.ts'
import { listText } from './text.ts'

/** `halfopen list`: the kinds that were named, or all of them. Its exit code. */
export async function listEverything(files: readonly string[], options: ListOptions): Promise<number> {
  if (options.schema) {
    say(`${JSON.stringify(scenarioJsonSchema(theCatalog().vocabulary), null, 2)}\n`)
    return EXIT.pass
  }
  const named = KINDS.filter(kind => options[kind])
  const kinds = named.length > 0 ? named : files.length > 0 ? (['scenarios'] as const) : KINDS
  const read: ReadScenarios = kinds.includes('scenarios') ? await readScenarios(files) : { scenarios: [] }
  const entriesOf = async (kind: Kind): Promise<readonly Entry[]> =>
    kind === 'scenarios' ? scenarioEntries(read.scenarios, process.cwd()) : CATALOG[kind]()
  const lists = await Promise.all(kinds.map(async kind => [kind, await entriesOf(kind)] as const))
  const look = currentLook()
  say(
    options.json
      ? `${harmlessJson(Object.fromEntries(lists), 2)}\n`
      : lists.map(([kind, entries]) => listText(kind, harmless(entries), look)).join('\n'),
  )
  if (read.unreadable === undefined) return EXIT.pass
  complain(read.unreadable)
  return EXIT.unreadable
}
