import { dirname } from 'node:path'
import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { harmlessJson } from '../text/json.ts'
import { shortPath } from '../text/layout.ts'
import { complaints } from './failure.ts'
import type { Plan, Reporter } from './reporter.ts'
import { type ReportedResult, resultOf, tally, titleOf } from './reporter.ts'
import { whySkipped } from './skipped.ts'

/** Common Test Report Format, https://ctrf.io/docs/specification: what dashboards of test results read. */
export const ctrfReporter: Reporter = {
  name: 'ctrf',
  summary: 'for dashboards: the Common Test Report Format, in JSON',
  lossless: true,
  begin: (plan, look) => ({
    text: '',
    writer: { ended: () => '', finished: suite => `${harmlessJson(ctrf(plan, suite, look.cwd), 2)}\n` },
  }),
}

const STATUS: Readonly<Record<ReportedResult, string>> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'other',
  unsupported: 'skipped',
  skipped: 'skipped',
}

function ctrf(plan: Plan, suite: SuiteReport, cwd: string) {
  const { pass, fail, inconclusive, unsupported, skipped } = tally(suite.reports)
  const unfinished = plan.scenarios.length - suite.reports.length
  const start = Date.parse(suite.started)
  return {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    results: {
      tool: { name: 'halfopen', version: plan.halfopen },
      summary: {
        tests: plan.scenarios.length,
        passed: pass,
        failed: fail,
        skipped: skipped + unsupported,
        pending: unfinished,
        other: inconclusive,
        start,
        stop: start + Math.round(suite.durationMs),
      },
      tests: suite.reports.map(report => testOf(report, cwd)),
      environment: { extra: { lab: plan.lab, seed: plan.seed } },
    },
  }
}

function testOf(report: ScenarioReport, cwd: string) {
  const { scenario, verdict, evidence, durationMs } = report
  const result = resultOf(report)
  const file = shortPath(scenario.position.file, cwd)
  const words = [
    ...(verdict?.troubles ?? []),
    ...complaints(report).map(({ check, reason }) => `${check}: ${reason}`),
    ...(whySkipped(report) ? [whySkipped(report)?.reason ?? ''] : []),
  ]
  const isTold = result !== 'pass' && words.length > 0
  return {
    name: titleOf(report),
    status: STATUS[result],
    duration: Math.round(durationMs),
    rawStatus: result,
    suite: dirname(file),
    filePath: file,
    line: scenario.position.line,
    ...(isTold ? { message: [...new Set(words)].join('\n') } : {}),
    ...(report.earlier ? { retries: report.earlier.length } : {}),
    ...(evidence === undefined ? {} : { extra: { evidence: shortPath(evidence, cwd) } }),
  }
}
