import { scenarioJsonSchema } from '../../scenario/json-schema.ts'
import { type ReadScenarios, readScenarios } from '../../terminal/choose.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { theCatalog } from '../../terminal/project.ts'
import { complain, say } from '../../terminal/say.ts'
import { currentLook } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { CATALOG, scenarioEntries } from './catalog.ts'
import type { Entry } from './entry.ts'
import { KINDS, type Kind, type ListOptions } from './kinds.ts'
import { listText } from './text.ts'

const MORE = 'With their options: halfopen list --faults, or another of these kinds.\n'

/** `halfopen list`: the kinds that were named, or all of them. Its exit code. */
export async function listEverything(files: readonly string[], options: ListOptions): Promise<number> {
  if (options.schema) {
    say(`${JSON.stringify(scenarioJsonSchema(theCatalog().vocabulary), null, 2)}\n`)
    return EXIT.pass
  }
  const named = KINDS.filter(kind => options[kind])
  if (files.length > 0 && named.length > 0 && !named.includes('scenarios'))
    throw new Complaint(
      `error: files are for --scenarios: ${named.map(kind => `--${kind}`).join(' and ')} can't be listed from ${files.join(', ')}`,
      EXIT.usage,
    )
  const kinds = named.length > 0 ? named : files.length > 0 ? (['scenarios'] as const) : KINDS
  const read: ReadScenarios = kinds.includes('scenarios') ? await readScenarios(files) : { scenarios: [] }
  const entriesOf = async (kind: Kind): Promise<readonly Entry[]> =>
    kind === 'scenarios' ? scenarioEntries(read.scenarios, process.cwd()) : CATALOG[kind]()
  const lists = await Promise.all(kinds.map(async kind => [kind, await entriesOf(kind)] as const))
  // All of everything with its options would be more than a thousand lines.
  const brief = named.length === 0 && files.length === 0
  const look = { ...currentLook(), brief }
  say(
    options.json
      ? `${harmlessJson(Object.fromEntries(lists), 2)}\n`
      : [...lists.map(([kind, entries]) => listText(kind, harmless(entries), look)), ...(brief ? [MORE] : [])].join(
          '\n',
        ),
  )
  if (read.unreadable === undefined) return EXIT.pass
  complain(read.unreadable)
  return EXIT.unreadable
}
