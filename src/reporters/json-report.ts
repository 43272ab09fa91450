import type { Outcome, ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { harmlessJson } from '../text/json.ts'
import { shortPath } from '../text/layout.ts'
import { type Reporter, resultOf } from './reporter.ts'

/** One JSON document, printed at the end. */
export const jsonReporter: Reporter = {
  name: 'json',
  summary: 'for programs: one JSON document with every date, window and reason',
  lossless: true,
  begin: (plan, look) => ({
    text: '',
    writer: {
      ended: () => '',
      finished: suite => `${harmlessJson(suiteJson(suite, plan.seed, look.cwd), 2)}\n`,
    },
  }),
}

/** `halfopen` is the version of this format. Times are milliseconds; `null` where it never happened or has no bound. */
export function suiteJson(suite: SuiteReport, seed: number, cwd: string) {
  return {
    halfopen: 1,
    lab: suite.lab,
    started: suite.started,
    seed,
    duration_ms: tenths(suite.durationMs),
    results: suite.reports.map(report => scenarioJson(report, cwd)),
  }
}

function scenarioJson(report: ScenarioReport, cwd: string) {
  const { scenario, verdict, skipped } = report
  return {
    file: shortPath(scenario.position.file, cwd),
    line: scenario.position.line,
    name: scenario.name,
    result: resultOf(report),
    ...(scenario.must === undefined ? {} : { must: scenario.must }),
    ...(report.speed === undefined ? {} : { lab: report.lab, speed: report.speed }),
    duration_ms: tenths(report.durationMs),
    broker: report.broker ?? null,
    client: report.client ?? null,
    ...(skipped ? { reason: skipped.reason, remedy: skipped.remedy ?? null } : {}),
    ...(report.evidence === undefined ? {} : { evidence: shortPath(report.evidence, cwd) }),
    played: 1 + (report.earlier?.length ?? 0),
    ...(report.earlier && {
      earlier: report.earlier.map(({ reason, evidence }) => ({
        reason,
        ...(evidence !== undefined && { evidence: shortPath(evidence, cwd) }),
      })),
    }),
    ...(verdict?.blame && { blame: verdict.blame }),
    troubles: verdict?.troubles ?? [],
    ...(verdict?.notes && { notes: verdict.notes }),
    checks: (verdict?.outcomes ?? []).map(checkJson),
  }
}

function checkJson(outcome: Outcome) {
  const {
    check,
    result,
    sinceMs,
    seenMs,
    afterMs,
    minusMs = null,
    plusMs = null,
    ratio,
    window,
    reason,
    position,
  } = outcome
  return {
    check,
    result,
    since_ms: tenths(sinceMs),
    seen_ms: tenths(seenMs),
    after_ms: tenths(afterMs),
    minus_ms: tenths(minusMs),
    plus_ms: tenths(plusMs),
    ratio: ratio === null ? null : Number(ratio.toFixed(4)),
    earliest_ms: tenths(window?.earliestMs ?? null),
    latest_ms: tenths(window?.latestMs ?? null),
    origin: window?.origin ?? null,
    source: window?.source ?? null,
    reason,
    line: position.line,
  }
}

/** No lab dates finer than that. JSON has no Infinity. */
const tenths = (ms: number | null): number | null =>
  ms === null || !Number.isFinite(ms) ? null : Math.round(ms * 10) / 10
