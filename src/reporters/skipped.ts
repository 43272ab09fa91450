import type { ScenarioReport } from '../model/verdict.ts'
import { hang } from '../text/layout.ts'
import { groupBy } from '../text/median.ts'
import { plural } from '../text/words.ts'
import type { Look } from './reporter.ts'
import { badge, resultOf, styleFor } from './reporter.ts'

interface Group {
  readonly reason: string
  readonly remedy?: string
  readonly names: string[]
}

/** Those not judged, by name, under the reason that they share. Empty where there are none. */
export function skippedText(reports: readonly ScenarioReport[], look: Look): string {
  return [...groups(reports)].map(group => groupText(group, look)).join('\n\n')
}

/** The same in a line for each reason, with what would remove it; without the names. */
export const skippedLines = (reports: readonly ScenarioReport[], look: Look): string =>
  joined([...groups(reports)])
    .map(({ reason, remedy, names }) => {
      const words = `${plural(names.length, 'scenario')}: ${reason}${remedy === undefined ? '' : `; to run ${names.length === 1 ? 'it' : 'them'}: ${remedy}`}`
      return hang(`  ${badge('skipped', styleFor(look.color))}  `, words, look.width)
    })
    .join('\n')

/** Where one command would bring all that is missing: `a is not made here` with `make a`, and the same of b. */
function joined(found: readonly Group[]): readonly Group[] {
  return groupBy(found, group => JSON.stringify(lackOf(group) ?? group)).flatMap(([, same]) => {
    const lacks = same.flatMap(group => lackOf(group) ?? [])
    const whats = same.flatMap(group => whatOf(group) ?? [])
    const [lack] = lacks
    if (!lack || same.length === 1) return same
    const reason = `${whats.slice(0, -1).join(', ')} and ${whats.at(-1)} are ${lack.is}`
    return [{ reason, remedy: `${lack.by} ${whats.join(' ')}`, names: same.flatMap(({ names }) => names) }]
  })
}

/** The last word of the command, where it is the first of the reason. */
function whatOf({ reason, remedy }: Group): string | undefined {
  const what = remedy?.split(' ').at(-1)
  return what !== undefined && reason.startsWith(`${what} is `) ? what : undefined
}

function lackOf(group: Group): { readonly is: string; readonly by: string } | undefined {
  const what = whatOf(group)
  if (what === undefined || group.remedy === undefined) return undefined
  return { is: group.reason.slice(`${what} is `.length), by: group.remedy.slice(0, -what.length - 1) }
}

function groups(reports: readonly ScenarioReport[]): Iterable<Group> {
  const found = new Map<string, Group>()
  for (const report of reports) {
    const why = whySkipped(report)
    if (!why) continue
    const key = JSON.stringify([why.reason, why.remedy])
    const group = found.get(key) ?? { ...why, names: [] }
    group.names.push(report.scenario.name)
    found.set(key, group)
  }
  return found.values()
}

/** `undefined` where it was judged. */
export function whySkipped(report: ScenarioReport): { reason: string; remedy?: string } | undefined {
  if (report.skipped) return report.skipped
  if (resultOf(report) !== 'unsupported') return undefined
  const outcome = report.verdict?.outcomes.find(({ result }) => result === 'unsupported')
  return { reason: report.verdict?.troubles[0] ?? outcome?.reason ?? 'not supported here' }
}

function groupText({ reason, remedy, names }: Group, look: Look): string {
  const style = styleFor(look.color)
  const lines = [hang('  skip  ', reason, look.width)]
  if (remedy !== undefined) lines.push(hang('        to run them:  ', remedy, look.width))
  return [...lines, ...names.map(name => hang('        - ', style.dim(name), look.width))].join('\n')
}
