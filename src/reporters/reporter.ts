import pc from 'picocolors'
import type { Scenario } from '../model/scenario.ts'
import type { Result, ScenarioReport, SuiteReport } from '../model/verdict.ts'

/** What a reporter is told of the place that it writes for, since it looks at nothing itself. */
export interface Look {
  readonly color: boolean
  /** Columns; lines are wrapped to fit. */
  readonly width: number
  /** A line for each scenario, whatever there are. */
  readonly verbose?: boolean
  /** What did not pass and the sum, and nothing else. */
  readonly quiet?: boolean
  /** Paths are printed relative to it. */
  readonly cwd: string
  /** The short word for the figure of this check. */
  label(check: string): string
  /** Text of a scenario file, for code frames; `undefined` where it can't be read any more. */
  source(file: string): string | undefined
}

/** What is about to be played. */
export interface Plan {
  readonly lab: string
  readonly seed: number
  readonly halfopen: string
  readonly scenarios: readonly Scenario[]
  /** How many more were asked for that are made for other labs. */
  readonly elsewhere?: number
  /** Skips are failures. */
  readonly requireAll?: boolean
}

/** One report in the making. Every call returns what is to be printed now: whole lines, or nothing (`''`). */
export interface ReportWriter {
  ended(report: ScenarioReport): string
  /** Scenarios of the plan that `suite` lacks were never finished. */
  finished(suite: SuiteReport): string
}

/** Strings out, no I/O: who prints them, and where to, is the caller's business. */
export interface Reporter {
  readonly name: string
  /** The package that it comes from; absent: halfopen. */
  readonly from?: string
  /** One line, for `halfopen list`. */
  readonly summary: string
  /** Its lines are commands to the CI that reads them, and are printed as they are. */
  readonly commands?: true
  /** It escapes what it is given by its format, so that nothing of it is lost; others are given texts made harmless. */
  readonly lossless?: true
  begin(plan: Plan, look: Look): { readonly text: string; readonly writer: ReportWriter }
}

/** The scenario's name; with the speed wherever its figures come from programs whose time ran faster. */
export const titleOf = ({ scenario, lab, speed }: ScenarioReport): string =>
  speed === undefined ? scenario.name : `${scenario.name} (${lab} x${speed})`

/** As reports name it: a verdict's result, or that there was no run. */
export type ReportedResult = Result | 'skipped'

/** A report without a verdict and without a reason to skip says nothing of the peers. */
export function resultOf({ verdict, skipped }: ScenarioReport): ReportedResult {
  if (skipped) return 'skipped'
  return verdict?.result ?? 'inconclusive'
}

/** How many came to each result. */
export function tally(reports: readonly ScenarioReport[]): Readonly<Record<ReportedResult, number>> {
  const counts = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }
  for (const report of reports) counts[resultOf(report)]++
  return counts
}

export type Style = ReturnType<typeof pc.createColors>

export const styleFor = (color: boolean): Style => pc.createColors(color)

/** The word that opens a scenario's line, all of one width. */
const BADGES: Readonly<Record<ReportedResult, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  inconclusive: '????',
  unsupported: 'skip',
  skipped: 'skip',
}

export function badge(result: ReportedResult, style: Style): string {
  const paint = {
    pass: style.green,
    fail: (text: string) => style.bold(style.red(text)),
    inconclusive: style.yellow,
    unsupported: style.dim,
    skipped: style.dim,
  }[result]
  return paint(BADGES[result])
}
