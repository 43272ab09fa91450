import { checks } from '../../src/checks/index.ts'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import { resolveDuration } from '../../src/model/duration.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'
import { brokerProfile } from '../../src/timing/profiles/brokers.ts'

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

/** Where two trials of one scenario disagree in their verdict. */
export function verdictsApart(one: Trial, other: Trial): string[] {
  if (one.verdict?.result === other.verdict?.result) return []
  return [`${titleOf(one.scenario)}: ${told(one)} against ${told(other)}`]
}

export interface DetectionApart {
  readonly title: string
  readonly check: string
  readonly apartMs: number
  /** 50 ms and, of the broker's detection, its granularity. */
  readonly allowedMs: number
}

const DETECTIONS = ['broker-drops-client', 'client-gives-up']

/**
 * How far apart in time the two trials saw each end detect. The broker's counts from a packet, so its time after that is
 * compared; the client's counts from when the fault held, which takes each link its own time, so the moment in the timeline is.
 */
export function detectionsApart(one: Trial, other: Trial): DetectionApart[] {
  return (one.verdict?.outcomes ?? []).flatMap((outcome, index) => {
    const { check } = outcome
    const twin = other.verdict?.outcomes[index]
    const which = check === 'broker-drops-client' ? 'afterMs' : 'seenMs'
    const [atMs, twinMs] = [outcome[which], twin?.[which] ?? null]
    if (!DETECTIONS.includes(check) || atMs === null || twinMs === null) return []
    const allowedMs = 50 + (check === 'broker-drops-client' ? granularityMs(other) : 0)
    return [{ title: titleOf(one.scenario), check, apartMs: Math.round(Math.abs(atMs - twinMs)), allowedMs }]
  })
}

function granularityMs({ scenario, evidence }: Trial): number {
  const keepaliveMs = scenario.client.keepaliveS * 1000
  const profile = evidence && brokerProfile(evidence.header.broker, keepaliveMs, scenario.client.protocol)
  return profile ? resolveDuration(profile.granularity, keepaliveMs) : 1000
}

const told = ({ verdict, skipped }: Trial): string =>
  verdict
    ? [
        verdict.result,
        ...verdict.troubles,
        ...verdict.outcomes.filter(o => o.result !== 'pass').map(o => o.reason),
      ].join('; ')
    : `skipped (${skipped})`
