import { type Duration, formatDuration, formatMs, resolveDuration } from '../model/duration.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import { durationsIn, isDuration } from './durations.ts'
import type { Complaint } from './problem.ts'
import type { CheckedScenario } from './schema.ts'

/** What a schema can't see, since it lies between two fields. */
export function brokenRules(scenario: CheckedScenario, vocabulary: Vocabulary): Complaint[] {
  return [
    ...protocolSpoken(scenario, vocabulary),
    ...willDelaySpoken(scenario),
    ...keepaliveForK(scenario),
    ...lengths(scenario),
    ...stepsBeforeTheEnd(scenario),
    ...windowsOpen(scenario),
  ]
}

function protocolSpoken({ broker, client }: CheckedScenario, { brokers }: Vocabulary): Complaint[] {
  const protocols = brokers.get(broker.name)?.protocols ?? []
  if (protocols.includes(client.protocol)) return []
  const message = `${broker.name} does not speak protocol ${client.protocol} (4 is MQTT 3.1.1, 5 is MQTT 5.0)`
  return [{ path: ['client', 'protocol'], message, allowed: protocols.map(String) }]
}

/** The Will Delay Interval is a property of MQTT 5.0 (§3.1.3.2.2). */
function willDelaySpoken({ client: { protocol, will } }: CheckedScenario): Complaint[] {
  if (protocol === 5 || !will?.delayS) return []
  return [{ path: ['client', 'will', 'delay'], message: 'MQTT 3.1.1 has no will delay: say protocol: 5' }]
}

/** Without a keep-alive there is no K to count in: MQTT 3.1.1 §3.1.2.10, 5.0 §3.1.2.10. */
function keepaliveForK(scenario: CheckedScenario): Complaint[] {
  if (scenario.client.keepaliveS !== 0) return []
  return durationsIn(scenario)
    .filter(({ duration }) => duration.k !== 0)
    .map(({ path, duration }) => ({
      path,
      message: `${formatDuration(duration)} counts in units of the keep-alive, which is off (keepalive: 0s)`,
    }))
}

const LONGEST_MS = 366 * 24 * 3_600_000

/** No length of time is negative, and those that something repeats or ends after are not zero. */
function lengths(scenario: CheckedScenario): Complaint[] {
  return durationsIn(scenario).flatMap(({ path, duration, isPositive, mayBeNegative }) => {
    const ms = resolve(duration, scenario)
    const message = duration.k === 0 ? written(ms) : `${formatDuration(duration)} is ${written(ms)}`
    if (!(ms <= LONGEST_MS)) return [{ path, message: 'this is longer than a year, and no run lasts so long' }]
    if (ms < 0 && !mayBeNegative) return [{ path, message: `${message}: a time can't be negative` }]
    return ms === 0 && isPositive ? [{ path, message: `${message}: this has to be longer than nothing` }] : []
  })
}

function stepsBeforeTheEnd(scenario: CheckedScenario): Complaint[] {
  const endMs = resolve(scenario.until, scenario)
  return scenario.timeline.flatMap(({ at }, index) => {
    const startMs = resolve(at, scenario)
    if (startMs < endMs) return []
    const message = `this step begins at ${written(startMs)}, and the run ends at ${written(endMs)} (until)`
    return [{ path: ['timeline', index, 'at'], message }]
  })
}

function windowsOpen(scenario: CheckedScenario): Complaint[] {
  return scenario.expect.flatMap(({ name, options: { earliest, latest } }, index) => {
    if (!isDuration(earliest) || !isDuration(latest)) return []
    const [fromMs, toMs] = [resolve(earliest, scenario), resolve(latest, scenario)]
    if (fromMs <= toMs) return []
    const message = `earliest (${written(fromMs)}) is later than latest (${written(toMs)})`
    return [{ path: ['expect', index, name, 'earliest'], message }]
  })
}

const resolve = (duration: Duration, { client }: CheckedScenario): number =>
  resolveDuration(duration, client.keepaliveS * 1000)

const written = (ms: number): string => formatMs(ms)
