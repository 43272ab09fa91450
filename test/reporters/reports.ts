import { checks } from '../../src/judge/checks/index.ts'
import type { PeerVersion } from '../../src/model/evidence.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Outcome, Result, ScenarioReport, SuiteReport, Window } from '../../src/model/verdict.ts'
import type { Look, Plan } from '../../src/reporters/reporter.ts'

/** Hand-made reports: one of every kind that a reporter may meet. */

const CWD = '/home/ada/project'

const FILE = `name: an idle client and its broker both notice a half-open path
broker: aedes
client: { name: mqttjs, keepalive: 2s, traffic: idle }
timeline:
  - { at: 3s, fault: blackhole, for: 30s }
expect: [broker-drops-client, client-gives-up, will-published]
until: 12s
`

export const look = (change: Partial<Look> = {}): Look => ({
  color: false,
  width: 80,
  cwd: CWD,
  label: check => checks.get(check)?.label ?? check,
  source: file => (file.endsWith('.yaml') ? FILE : undefined),
  ...change,
})

const at = (file: string, line: number, column: number) => ({ file: `${CWD}/${file}`, line, column })

export function scenario(file: string, name: string, change: Partial<Scenario> = {}): Scenario {
  return {
    name,
    position: at(file, 1, 1),
    broker: { name: 'aedes', options: {} },
    client: { name: 'mqttjs', options: {}, keepaliveS: 2, protocol: 4, traffic: {}, count: 1 },
    link: { name: 'embedded', options: {}, latency: { ms: 0, k: 0 }, jitter: { ms: 0, k: 0 } },
    timeline: [],
    expect: [],
    until: { ms: 12_000, k: 0 },
    ...change,
  }
}

const brokerWindow: Window = {
  earliestMs: 2000,
  latestMs: 4000,
  origin: 'spec',
  source: 'MQTT 3.1.1 [MQTT-3.1.2-24]: 1.5K',
}

export function outcome(file: string, check: string, change: Partial<Outcome> = {}): Outcome {
  return {
    check,
    result: 'pass',
    sinceMs: 2001.42,
    seenMs: 5003.51,
    afterMs: 3002.09,
    ratio: 1.501045,
    window: brokerWindow,
    reason: 'the broker dropped the client 3.00 s (1.5K) after its last packet; 2 s to 4 s were allowed',
    position: at(file, 6, 10),
    ...change,
  }
}

const aedes: PeerVersion = { name: 'aedes', version: '1.2.0' }
const mqttjs: PeerVersion = { name: 'mqttjs', version: '5.16.0' }

export function report(
  subject: Scenario,
  result: Result,
  outcomes: readonly Outcome[],
  troubles: string[] = [],
): ScenarioReport {
  return {
    scenario: subject,
    lab: 'local',
    seed: 1234,
    broker: aedes,
    client: mqttjs,
    durationMs: 12_034.56,
    verdict: { result, outcomes, troubles },
    evidence: `${CWD}/.halfopen/2026-11-22T09-41-50-123/${subject.name.replaceAll(' ', '-')}.ndjson`,
  }
}

const both = 'scenarios/half-open/both.yaml'
const publishing = 'scenarios/half-open/publishing.yaml'
const stalled = 'scenarios/half-open/stalled.yaml'
const kept = 'scenarios/healthy/kept.yaml'
const frozen = 'scenarios/broker/frozen.yaml'
const capped = 'scenarios/broker/capped.yaml'
const canary = 'scenarios/broker/canary.yaml'
const rewritten = 'scenarios/broker/rewritten.yaml'

export const passed = report(scenario(both, 'an idle client and its broker both notice a half-open path'), 'pass', [
  outcome(both, 'broker-drops-client'),
  outcome(both, 'client-gives-up', { afterMs: 2978.2, ratio: 1.4891 }),
  outcome(both, 'will-published', { afterMs: 6.3, ratio: 0.00315 }),
])

export const failed = report(scenario(publishing, 'a publishing client notices a path that went silent'), 'fail', [
  outcome(publishing, 'broker-drops-client'),
  outcome(publishing, 'client-gives-up', {
    result: 'fail',
    seenMs: null,
    afterMs: null,
    ratio: null,
    window: { earliestMs: 0, latestMs: 5000, origin: 'profile', source: 'facts/keepalive.md' },
    reason:
      'expected the client to give up within 5 s (2.5K) of the fault; it had not by the end of the run, 9 s later: each PUBLISH put off its next PINGREQ, so no PINGRESP was ever missed',
    position: at(publishing, 6, 31),
  }),
])

export const inconclusive = report(
  scenario(stalled, 'a stall shorter than the interval goes unnoticed'),
  'inconclusive',
  [
    outcome(stalled, 'stays-connected', {
      result: 'inconclusive',
      seenMs: null,
      afterMs: null,
      ratio: null,
      window: null,
      reason: 'the event loop stood still for 1.2 s, which is longer than the 1 s to the edge of the window',
    }),
  ],
  ['the machine was too busy to date events'],
)

export const stayed = report(scenario(kept, 'a healthy client stays'), 'pass', [
  outcome(kept, 'stays-connected', { afterMs: null, ratio: null, seenMs: null, window: null }),
  outcome(kept, 'pings-on-time', { afterMs: 2001.1, ratio: 1.00055, window: { ...brokerWindow, latestMs: Infinity } }),
])

export const guarded = report(scenario(canary, 'a broker that times nobody out is caught', { must: 'fail' }), 'pass', [
  outcome(canary, 'broker-drops-client', { result: 'fail', seenMs: null, afterMs: null, ratio: null }),
])

export const blind = report(
  scenario(canary, 'a client that ignores missing PINGRESP is caught', { must: 'fail' }),
  'fail',
  [outcome(canary, 'client-gives-up')],
  ['must come out as fail, but came out as pass'],
)

const MISSING = { reason: 'mosquitto is not on the PATH', remedy: 'apt-get install mosquitto' }
const skip = (subject: Scenario, skipped: { reason: string; remedy?: string }): ScenarioReport => ({
  scenario: subject,
  lab: 'local',
  seed: 1234,
  durationMs: 3.2,
  skipped,
})

export const skips = [
  skip(scenario(frozen, 'a frozen Mosquitto is noticed by its client'), MISSING),
  skip(
    scenario(capped, 'max_keepalive of Mosquitto replaces what the client asked for, and both ends keep to it'),
    MISSING,
  ),
  skip(scenario(rewritten, 'a middlebox rewrites'), { reason: 'lab local has no toxic rewrite' }),
]

export const everything: readonly ScenarioReport[] = [passed, failed, inconclusive, stayed, guarded, blind, ...skips]

export const planOf = (reports: readonly ScenarioReport[]): Plan => ({
  halfopen: '0.1.0',
  lab: 'local',
  seed: 1234,
  scenarios: reports.map(each => each.scenario),
})

export const suiteOf = (reports: readonly ScenarioReport[]): SuiteReport => ({
  started: '2026-11-22T09:41:50.123Z',
  lab: 'local',
  durationMs: 13_234.5,
  reports,
})
