import { readScenarios } from '../run/choose.ts'
import { currentLook } from '../terminal.ts'
import { CATALOG, scenarioEntries } from './catalog.ts'
import type { Entry } from './entry.ts'
import { KINDS, type Kind, type ListOptions } from './kinds.ts'
import { listText } from './text.ts'

/** `halfopen list`: the kinds that were named, or all of them. */
export async function listEverything(files: readonly string[], options: ListOptions): Promise<void> {
  const named = KINDS.filter(kind => options[kind])
  const kinds = named.length > 0 ? named : files.length > 0 ? (['scenarios'] as const) : KINDS
  const lists = await Promise.all(kinds.map(async kind => [kind, await entriesOf(kind, files)] as const))
  const look = currentLook()
  process.stdout.write(
    options.json
      ? `${JSON.stringify(Object.fromEntries(lists), null, 2)}\n`
      : lists.map(([kind, entries]) => listText(kind, entries, look)).join('\n'),
  )
}

async function entriesOf(kind: Kind, files: readonly string[]): Promise<readonly Entry[]> {
  return kind === 'scenarios' ? scenarioEntries(await readScenarios(files), process.cwd()) : CATALOG[kind]()
}
