import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { lengthMs } from '../../reporters/progress.ts'
import { type Look, styleFor } from '../../reporters/reporter.ts'
import { skippedLines } from '../../reporters/skipped.ts'
import { EXIT } from '../../terminal/exit.ts'
import { theCatalog } from '../../terminal/project.ts'
import { folderName, hang } from '../../text/layout.ts'
import { plainly } from '../../text/message-of.ts'
import { plural } from '../../text/words.ts'
import type { OrderPart, SuiteOrder } from '../../vitest/order.ts'
import { atLeastMs, inWords } from './length.ts'

/** One scenario that would be played, or why it would not be. */
export interface Rehearsed {
  readonly part: OrderPart
  readonly skipped?: { readonly reason: string; readonly remedy?: string }
}

/** Asks every lab what it would do with its scenarios. Nothing is started but what tells whether it is there. */
export async function rehearse({ parts, labSettings }: SuiteOrder): Promise<readonly Rehearsed[]> {
  const names = [...new Set(parts.map(({ lab }) => lab))]
  const labs = new Map(names.map(name => [name, theCatalog().openLab(name, labSettings)]))
  try {
    const found: Rehearsed[] = []
    for (const part of parts) {
      const admission = await labs
        .get(part.lab)
        ?.admits(part.scenario)
        .catch((error: unknown) => ({ result: 'missing' as const, reason: plainly(error), remedy: undefined }))
      if (admission === undefined || admission === true) found.push({ part })
      else {
        const { reason, remedy } = admission
        found.push({ part, skipped: { reason, ...(remedy !== undefined && { remedy }) } })
      }
    }
    return found
  } finally {
    for (const lab of labs.values()) await lab[Symbol.asyncDispose]()
  }
}

/** Where nothing would be played, a run would be no pass either. */
export const codeOf = (rehearsed: readonly Rehearsed[]): number =>
  rehearsed.some(({ skipped }) => skipped === undefined) ? EXIT.pass : EXIT.inconclusive

/** What would be played, with how long each takes and where; what would not, and what it lacks; how long all of it takes. */
export function rehearsalText(
  rehearsed: readonly Rehearsed[],
  { jobs, look }: { readonly jobs: number; readonly look: Look },
): string {
  const played = rehearsed.filter(({ skipped }) => skipped === undefined)
  const blocks = [
    look.quiet ? '' : folderTexts(played, look),
    skippedLines(rehearsed.filter(({ skipped }) => skipped).map(asReport), look),
    closing(played, rehearsed.length, jobs, look),
  ]
  return blocks
    .filter(block => block !== '')
    .map(block => `${block}\n`)
    .join('\n')
}

function folderTexts(played: readonly Rehearsed[], look: Look): string {
  const style = styleFor(look.color)
  const folderOf = ({ part }: Rehearsed) => folderName(part.scenario.position.file, look.cwd)
  const lengthWidth = Math.max(0, ...played.map(each => lengthOf(each.part).length))
  const labWidth = Math.max(0, ...played.map(({ part }) => part.lab.length))
  return [...new Set(played.map(folderOf))]
    .map(folder => {
      const members = played.filter(each => folderOf(each) === folder)
      const lines = members.map(({ part }) =>
        hang(
          `  ${lengthOf(part).padStart(lengthWidth)}  ${part.lab.padEnd(labWidth)}  `,
          part.scenario.name,
          look.width,
        ),
      )
      return [style.bold(folder), ...lines].join('\n')
    })
    .join('\n\n')
}

const isVirtual = ({ lab }: OrderPart): boolean => theCatalog().isVirtual(lab)

const lengthOf = (part: OrderPart): string => (isVirtual(part) ? 'virtual' : inWords(lengthMs(part.scenario)))

function closing(played: readonly Rehearsed[], total: number, jobs: number, look: Look): string {
  const parts = played.map(({ part }) => part)
  const real = parts.filter(part => !isVirtual(part))
  const virtual = parts.length - real.length
  const peers = (of: (scenario: Scenario) => { readonly name: string }) =>
    [...new Set(parts.map(({ scenario }) => of(scenario).name))].sort().join(', ')
  const times = [
    ...(real.length > 0 ? [`at least ${inWords(atLeastMs(real, jobs))} of real time for ${real.length}`] : []),
    ...(virtual > 0 ? [`${virtual} in virtual time, which takes as long as the machine works`] : []),
  ]
  const lines = [
    ...(parts.length === 0
      ? []
      : [hang('needs  ', `${peers(({ broker }) => broker)}; ${peers(({ client }) => client)}`, look.width)]),
    hang(
      '',
      `${parts.length} of ${plural(total, 'scenario')} would be played${times.length > 0 ? `: ${times.join('; ')}` : ''}`,
      look.width,
    ),
  ]
  return lines.join('\n')
}

/** As the report of a scenario that was skipped, whose words are known. */
const asReport = ({ part, skipped }: Rehearsed): ScenarioReport => ({
  scenario: part.scenario,
  lab: part.lab,
  seed: 0,
  durationMs: 0,
  ...(skipped && { skipped }),
})
