import { formatMs, resolveDuration } from '../model/duration.ts'
import { brokerProfilesAt, latestClose } from '../timing/profiles/brokers.ts'
import { clientProfilesAt } from '../timing/profiles/clients.ts'
import type { Protocol } from '../timing/spec.ts'
import { type Level, levelOf, safeKeepaliveS } from './rule.ts'

export interface Question {
  /** What the client asks for, in whole seconds. */
  readonly keepaliveS: number
  /** Idle time-out of the shortest-tempered box on the path. */
  readonly idleMs?: number
  /** The longest keep-alive that the broker allows. */
  readonly brokerMaxS?: number
  readonly protocol: Protocol
}

export interface Finding {
  readonly level: Level
  readonly text: string
}

/** How long after the path died a peer closes. */
export interface Detection {
  readonly who: 'client' | 'broker'
  readonly name: string
  readonly versions: string
  readonly bestMs: number
  readonly worstMs: number
}

export interface Advice {
  readonly question: Question
  /** The heaviest of the findings. */
  readonly level: Level
  readonly findings: readonly Finding[]
  readonly pingsAnHour: number
  /** The keep-alive to use instead, or the one at hand where it is safe; absent where nothing bounds it or none is safe. */
  readonly safeS?: number
  readonly detections: readonly Detection[]
}

/** Beyond it lies no cloud broker (AWS IoT Core 1200 s, Azure IoT Hub 1177 s), and often a slip between s and ms. */
const LONGEST_USUAL_S = 1200

/** Pure: rules and profiles, nothing measured. */
export function advise(question: Question): Advice {
  const findings = [...aboutIdle(question), ...aboutBroker(question), ...aboutLength(question)]
  const { keepaliveS, idleMs, brokerMaxS } = question
  const safeS = safest(idleMs, brokerMaxS)
  return {
    question,
    level: findings.some(({ level }) => level === 'fail')
      ? 'fail'
      : findings.some(({ level }) => level === 'warn')
        ? 'warn'
        : 'ok',
    findings,
    pingsAnHour: keepaliveS === 0 ? 0 : 3600 / keepaliveS,
    ...(safeS === undefined ? {} : { safeS }),
    detections: keepaliveS === 0 ? [] : [...clients(question), ...brokers(question)],
  }
}

function safest(idleMs: number | undefined, brokerMaxS: number | undefined): number | undefined {
  const s = Math.min(idleMs === undefined ? Infinity : safeKeepaliveS(idleMs), brokerMaxS ?? Infinity)
  return s === Infinity || s < 1 ? undefined : s
}

function aboutIdle({ keepaliveS, idleMs }: Question): readonly Finding[] {
  if (idleMs === undefined) return []
  const level = levelOf(keepaliveS * 1000, idleMs)
  const [k, t] = [`K = ${keepaliveS} s`, `T = ${formatMs(idleMs)}`]
  const ratio = `${Number(((keepaliveS * 1000) / idleMs).toFixed(2))} T`
  if (keepaliveS === 0)
    return [
      { level, text: `the keep-alive is off and ${t}: every silence that long kills the flow, and nobody is told` },
    ]
  if (level === 'fail')
    return [{ level, text: `${k} is not below ${t}: a silent flow is forgotten before, or just as, the ping goes out` }]
  if (level === 'warn')
    return [
      {
        level,
        text: `${k} is ${ratio} (${t}): one ping that is late or lost, and the flow is forgotten; at most 0.66 T, that is ${safeKeepaliveS(idleMs)} s, leaves room for it`,
      },
    ]
  return [{ level, text: `${k} is ${ratio} (${t}): one ping may be late or lost` }]
}

/** MQTT 5.0 §3.2.2.3.14: the server tells its own keep-alive and the client must use it. 3.1.1 has no way to say so. */
function aboutBroker({ keepaliveS, brokerMaxS, protocol }: Question): readonly Finding[] {
  if (brokerMaxS === undefined) return []
  if (keepaliveS > 0 && keepaliveS <= brokerMaxS)
    return [{ level: 'ok', text: `the broker allows up to ${brokerMaxS} s` }]
  const asked = keepaliveS === 0 ? 'no keep-alive (0)' : `K = ${keepaliveS} s`
  if (protocol === 5)
    return [
      {
        level: 'warn',
        text: `${asked} is more than the broker allows: it imposes ${brokerMaxS} s (MQTT 5.0 Server Keep Alive), and cuts at ${1.5 * brokerMaxS} s who does not keep to it`,
      },
    ]
  return [
    {
      level: 'fail',
      text: `${asked} is more than the broker allows (${brokerMaxS} s): in MQTT 3.1.1 it can only refuse the CONNECT, or cut after ${1.5 * brokerMaxS} s without having said so`,
    },
  ]
}

function aboutLength({ keepaliveS, brokerMaxS }: Question): readonly Finding[] {
  if (keepaliveS <= LONGEST_USUAL_S || brokerMaxS !== undefined) return []
  return [
    {
      level: 'warn',
      text: `K = ${keepaliveS} s is longer than cloud brokers accept (AWS IoT Core 1200 s, Azure IoT Hub 1177 s); MQTT counts it in seconds, not milliseconds`,
    },
  ]
}

const clients = ({ keepaliveS, protocol }: Question): readonly Detection[] =>
  clientProfilesAt(keepaliveS * 1000, protocol).map(({ names, versions, best, worst }) => ({
    who: 'client',
    name: names[0] ?? '',
    versions,
    bestMs: Math.max(0, resolveDuration(best, keepaliveS * 1000)),
    worstMs: resolveDuration(worst, keepaliveS * 1000),
  }))

/** Counted from the last packet that it received, at most K before the path died. */
const brokers = ({ keepaliveS, protocol }: Question): readonly Detection[] =>
  brokerProfilesAt(keepaliveS * 1000, protocol).map(profile => ({
    who: 'broker',
    name: profile.names[0] ?? '',
    versions: profile.versions,
    bestMs: Math.max(0, 0.5 * keepaliveS * 1000 - 1000),
    worstMs: resolveDuration(latestClose(profile, keepaliveS * 1000), keepaliveS * 1000),
  }))
