import type { SourcePosition } from '../model/scenario.ts'
import type { ScenarioReport, SuiteReport } from '../model/verdict.ts'
import { forMarkup } from '../text/harmless.ts'
import { shortPath } from '../text/layout.ts'
import { complaints } from './failure.ts'
import { type Plan, type Reporter, resultOf } from './reporter.ts'
import { whySkipped } from './skipped.ts'

/**
 * What nearly every CI reads. There is no standard; this is what Jenkins and GitLab take in: a suite for each file, with `file` so that
 * GitLab shows where a test stands.
 */
export const junitReporter: Reporter = {
  name: 'junit',
  summary: 'for CI: JUnit XML, a suite for each file',
  begin: (plan, look) => ({
    text: '',
    writer: { ended: () => '', finished: suite => junit(plan, suite, look.cwd) },
  }),
}

/** One test case, and what it counts as. */
interface Case {
  readonly as: 'passed' | 'failures' | 'errors' | 'skipped'
  readonly ms: number
  readonly lines: readonly string[]
}

function junit(plan: Plan, suite: SuiteReport, cwd: string): string {
  const files = new Map<string, Case[]>()
  const add = (file: string, each: Case) => {
    const cases = files.get(file)
    if (cases) cases.push(each)
    else files.set(file, [each])
  }
  const named = namesOnce()
  for (const report of suite.reports)
    add(
      shortPath(report.scenario.position.file, cwd),
      caseOf(report, named(report.scenario), plan.requireAll === true, cwd),
    )
  for (const scenario of unfinished(plan, suite)) {
    const { position } = scenario
    add(shortPath(position.file, cwd), unfinishedCase(named(scenario), shortPath(position.file, cwd), position.line))
  }
  const suites = [...files].flatMap(([file, cases]) => [
    `  <testsuite name="${forMarkup(file)}" file="${forMarkup(file)}" timestamp="${suite.started}" ${counted(cases, sumMs(cases))}>`,
    ...cases.flatMap(({ lines }) => lines),
    '  </testsuite>',
  ])
  const head = `<testsuites name="halfopen" ${counted([...files.values()].flat(), suite.durationMs)}>`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>', ''].join('\n')
}

/** GitLab knows a test by file and name, and keeps one of two that are called the same: `idle`, `idle (2)`. */
function namesOnce(): (scenario: Plan['scenarios'][number]) => string {
  const times = new Map<string, number>()
  return ({ name, position: { file } }) => {
    const key = JSON.stringify([file, name])
    const count = (times.get(key) ?? 0) + 1
    times.set(key, count)
    return count === 1 ? name : `${name} (${count})`
  }
}

const sumMs = (cases: readonly Case[]): number => cases.reduce((sum, { ms }) => sum + ms, 0)

const inS = (ms: number): string => (ms / 1000).toFixed(3)

function counted(cases: readonly Case[], ms: number): string {
  const count = (kind: Case['as']) => cases.filter(each => each.as === kind).length
  return `tests="${cases.length}" failures="${count('failures')}" errors="${count('errors')}" skipped="${count('skipped')}" time="${inS(ms)}"`
}

function caseOf(report: ScenarioReport, name: string, requireAll: boolean, cwd: string): Case {
  const { scenario, durationMs } = report
  const file = shortPath(scenario.position.file, cwd)
  const skipped = whySkipped(report)
  const notes = [
    ...(report.earlier ? [`played ${report.earlier.length + 1} times: ${report.earlier[0]?.reason}`] : []),
    ...(report.verdict?.notes ?? []),
  ]
  const properties = notes.map(note => `        <property name="note" value="${forMarkup(note)}"/>`)
  const why = skipped && `${skipped.reason}${skipped.remedy === undefined ? '' : ` (to run it: ${skipped.remedy})`}`
  const isBad = !skipped && resultOf(report) !== 'pass'
  const lines = [
    open(name, file, scenario.position.line, durationMs),
    ...(properties.length > 0 ? ['      <properties>', ...properties, '      </properties>'] : []),
    ...(isBad ? failure(report, cwd) : []),
    ...(why !== undefined && !requireAll ? [said('skipped', '', why)] : []),
    ...(why !== undefined && requireAll
      ? [said('failure', 'Skipped', `skipped, though HALFOPEN_REQUIRE=all: ${why}`)]
      : []),
    CLOSE,
  ]
  const as = isBad || (skipped && requireAll) ? 'failures' : skipped ? 'skipped' : 'passed'
  return { as, ms: durationMs, lines }
}

const open = (name: string, file: string, line: number, ms: number): string =>
  `    <testcase classname="${forMarkup(file)}" name="${forMarkup(name)}" file="${forMarkup(file)}" line="${line}" time="${inS(ms)}">`

/** Twice: Jenkins shows the attribute, GitLab the text. */
const said = (tag: 'skipped' | 'failure' | 'error', type: string, words: string): string =>
  `      <${tag}${type && ` type="${type}"`} message="${forMarkup(words)}">${forMarkup(words)}</${tag}>`

const CLOSE = '    </testcase>'

/** As a test of vitest fails: each reason, and then where the expectations stand. */
function failure(report: ScenarioReport, cwd: string): string[] {
  const { verdict, evidence, scenario } = report
  const bad = complaints(report)
  const reasons = [...(verdict?.troubles ?? []), ...bad.map(({ check, reason }) => `${check}: ${reason}`)]
  const places = bad.map(({ check, position }) => frame(check, position, cwd))
  const text = [
    ...new Set(reasons),
    ...(places.length > 0 ? places : [frame('scenario', scenario.position, cwd)]),
    ...(evidence === undefined ? [] : [`evidence: ${shortPath(evidence, cwd)}`]),
  ].join('\n')
  const type = resultOf(report) === 'fail' ? 'ScenarioFailed' : 'ScenarioInconclusive'
  return [
    `      <failure type="${type}" message="${forMarkup(reasons[0] ?? 'no verdict')}">`,
    forMarkup(text),
    '      </failure>',
  ]
}

const frame = (what: string, { file, line, column }: SourcePosition, cwd: string): string =>
  `    at ${what} (${shortPath(file, cwd)}:${line}:${column})`

/** Those that were planned and have no report: a report's scenario is a copy, so each is known by its place and name. */
function unfinished({ scenarios }: Plan, { reports }: SuiteReport): Plan['scenarios'] {
  const key = ({ position: { file, line, column }, name }: Plan['scenarios'][number]) =>
    JSON.stringify([file, line, column, name])
  const done = new Set(reports.map(({ scenario }) => key(scenario)))
  return scenarios.filter(scenario => !done.has(key(scenario)))
}

const unfinishedCase = (name: string, file: string, line: number): Case => ({
  as: 'errors',
  ms: 0,
  lines: [open(name, file, line, 0), said('error', 'NotFinished', 'it did not end'), CLOSE],
})
