import { redactSource } from '../evidence/redact.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import type { Look, Plan } from '../reporters/reporter.ts'
import { tally } from '../reporters/reporter.ts'
import { peersLine } from '../reporters/summary.ts'
import { harmless, harmlessLines } from '../text/harmless.ts'
import { shortPath } from '../text/layout.ts'
import { onlyOnce } from '../text/slug.ts'
import { plural } from '../text/words.ts'
import { crowdPage } from './crowd-page.ts'
import type { RunPage, ScenarioPage, SourcePage, TimelinePage } from './page-model.ts'
import { scenarioPage } from './scenario-page.ts'
import { timelinePage } from './timeline-page.ts'

export interface RunPageParts {
  readonly page: RunPage
  /** Of each scenario that was played, by its slug. */
  readonly timelines: ReadonlyMap<string, TimelinePage>
}

/** Reads what was saved of one scenario; `undefined` where nothing was, or where it can't be read any more. */
export type ReadAgain = (report: ScenarioReport) => Promise<Evidence | undefined>

/** The whole page as data. One scenario's evidence is in memory at a time. */
export async function runPage(
  suite: SuiteReport,
  plan: Plan,
  look: Look,
  read: ReadAgain,
  troubles: readonly string[] = [],
): Promise<RunPageParts> {
  const unique = onlyOnce()
  const sources = new Sources(look)
  const timelines = new Map<string, TimelinePage>()
  const environment = new Map<string, Set<string>>()
  const scenarios: ScenarioPage[] = []
  for (const report of suite.reports) {
    const told = scenarioPage(report, look, unique)
    const source = sources.numberOf(report.scenario.position.file)
    const evidence = report.verdict && (await read(report))
    const crowd = evidence && crowdPage(evidence)
    if (evidence && report.verdict) {
      timelines.set(told.slug, harmless(timelinePage(evidence, report.verdict)))
      note(environment, evidence)
      evidence.whole?.dispose()
    }
    scenarios.push({
      ...harmless(told),
      ...(source === undefined ? {} : { source }),
      timeline: evidence !== undefined,
      ...(crowd && { crowd }),
    })
  }
  const page: RunPage = {
    halfopen: plan.halfopen,
    title: harmless(titleOf(suite, plan)),
    answer: answerOf(suite, plan),
    started: suite.started,
    durationMs: suite.durationMs,
    environment: harmless(environmentOf(suite, plan, environment)),
    scenarios,
    sources: sources.all,
    troubles: harmless(troubles),
  }
  return { page, timelines }
}

const titleOf = ({ reports }: SuiteReport, { lab }: Plan): string =>
  reports.length === 1 ? (reports[0]?.scenario.name ?? '') : `${plural(reports.length, 'scenario')} in lab ${lab}`

/** `2 of 40 scenarios failed, 1 is inconclusive`: what was asked. */
export function answerOf({ reports }: SuiteReport, { scenarios }: Pick<Plan, 'scenarios'>): string {
  const { pass, fail, inconclusive, skipped, unsupported } = tally(reports)
  const played = pass + fail + inconclusive
  const passedOver = skipped + unsupported
  const unfinished = scenarios.length - reports.length
  const rest = [
    inconclusive > 0 && `${inconclusive} ${inconclusive === 1 ? 'is' : 'are'} inconclusive`,
    passedOver > 0 && `${passedOver} ${passedOver === 1 ? 'was' : 'were'} skipped`,
    unfinished > 0 && `${unfinished} did not end`,
  ].filter(part => part !== false)
  const first =
    fail > 0
      ? `${fail} of ${plural(played, 'scenario')} failed`
      : pass > 0 && pass === played
        ? `${played === 1 ? 'The scenario' : `All ${played} scenarios`} passed`
        : `${pass} of ${plural(played, 'scenario')} passed`
  return [first, ...rest].join(', ')
}

function note(environment: Map<string, Set<string>>, { header }: Evidence): void {
  const { machine, node, link } = header
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) environment.set(name, (environment.get(name) ?? new Set()).add(value))
  }
  add('Node.js', node)
  add('Link', link)
  add('Processors', machine && String(machine.cores))
  add('Time lost to others is told', machine && (machine.schedstat ? 'yes' : 'no (no schedstat)'))
}

function environmentOf(
  suite: SuiteReport,
  plan: Plan,
  noted: ReadonlyMap<string, ReadonlySet<string>>,
): readonly (readonly [string, string])[] {
  return [
    ['halfopen', plan.halfopen],
    ['Lab', plan.lab],
    ['Seed', String(plan.seed)],
    ['Peers', peersLine(suite.reports)],
    ...[...noted].map(([name, values]) => [name, [...values].sort().join(', ')] as const),
  ]
}

/** Each scenario file once, without its secrets. */
class Sources {
  readonly #look: Look
  readonly #numbers = new Map<string, number | undefined>()
  readonly all: SourcePage[] = []

  constructor(look: Look) {
    this.#look = look
  }

  numberOf(file: string): number | undefined {
    if (!this.#numbers.has(file)) {
      const text = this.#look.source(file)
      if (text === undefined) this.#numbers.set(file, undefined)
      else {
        this.#numbers.set(file, this.all.length)
        this.all.push({
          file: harmless(shortPath(file, this.#look.cwd)),
          text: harmlessLines(redactSource(text)),
        })
      }
    }
    return this.#numbers.get(file)
  }
}
