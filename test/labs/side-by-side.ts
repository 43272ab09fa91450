import { checks } from '../../src/checks/index.ts'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'

export interface Trial {
  readonly scenario: Scenario
  /** Why it was not played. */
  readonly skipped?: string
  readonly verdict?: Verdict
  readonly evidence?: Evidence
}

/** Every scenario that comes with the package and is not for another lab. */
export async function bundledScenarios(lab: string): Promise<readonly Scenario[]> {
  const { scenarios, problems } = await loadScenarios(['scenarios'], vocabulary, { cwd: process.cwd() })
  if (problems.length > 0) throw new Error(problems.map(problem => problem.message).join('\n'))
  return scenarios.filter(scenario => !scenario.lab || scenario.lab.includes(lab))
}

let runs = 0

export async function trial(scenario: Scenario, lab: Lab): Promise<Trial> {
  const admission = await lab.admits(scenario)
  if (admission !== true) return { scenario, skipped: admission.reason }
  const runId = `s${process.pid.toString(36)}${(++runs).toString(36)}`
  const evidence = await run(scenario, lab, faults, { seed: 1, runId })
  return { scenario, verdict: judge(evidence, checks), evidence }
}

/** `name (file)` with the cell of the matrix, since several may have one name. */
export const titleOf = ({ name, broker, client }: Scenario): string =>
  `${name} [${broker.name}, MQTT ${client.protocol === 5 ? '5.0' : '3.1.1'}]`

export interface Difference {
  readonly title: string
  readonly what: string
}

/** Where two trials of one scenario disagree: the verdict, or when something was detected. */
export function differences(one: Trial, other: Trial, toleranceMs: (scenario: Scenario) => number): Difference[] {
  const title = titleOf(one.scenario)
  const found: Difference[] = []
  if (one.verdict?.result !== other.verdict?.result) found.push({ title, what: `${told(one)} against ${told(other)}` })
  for (const [index, outcome] of (one.verdict?.outcomes ?? []).entries()) {
    const twin = other.verdict?.outcomes[index]
    if (!twin || outcome.afterMs === null || twin.afterMs === null) continue
    const apartMs = Math.abs(outcome.afterMs - twin.afterMs)
    if (apartMs > toleranceMs(one.scenario))
      found.push({ title, what: `${outcome.check}: ${outcome.afterMs} ms against ${twin.afterMs} ms` })
  }
  return found
}

const told = ({ verdict, skipped }: Trial): string =>
  verdict
    ? [
        verdict.result,
        ...verdict.troubles,
        ...verdict.outcomes.filter(o => o.result !== 'pass').map(o => o.reason),
      ].join('; ')
    : `skipped (${skipped})`
