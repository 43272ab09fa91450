import { resolveDuration } from '../model/duration.ts'
import { brokerProfilesAt, latestClose } from '../timing/profiles/brokers.ts'
import { clientProfilesAt } from '../timing/profiles/clients.ts'
import { pingEveryMs, silenceMs } from '../timing/profiles/pings.ts'
import type { Protocol } from '../timing/spec.ts'
import { findingsOf } from './findings.ts'
import { type BrokerRule, type InForce, inForce } from './in-force.ts'
import { type Level, safeKeepaliveS } from './rule.ts'

export interface Question {
  /** What the client asks for, in whole seconds. */
  readonly keepaliveS: number
  /** Idle time-out of the shortest-tempered box on the path. */
  readonly idleMs?: number
  /** The age at which a box on the path ends every connection, however busy it is. */
  readonly maxAgeMs?: number
  /** The longest keep-alive that the broker allows, in seconds. */
  readonly brokerMaxS?: number
  /** The least that it counts with, in seconds: what is shorter counts as this. */
  readonly brokerMinS?: number
  /** More of the broker: absent, it is any. */
  readonly broker?: BrokerRule
  /** A broker that is asked about alone: the family of its profile, or none where nothing is known of it. */
  readonly brokerFamily?: string | null
  /** The client's family; absent: any, which pings every K. */
  readonly client?: string
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
  readonly inForce: InForce
  /** The heaviest of the findings. */
  readonly level: Level
  readonly findings: readonly Finding[]
  /** Of an idle client. */
  readonly pingsAnHour: number
  /** The keep-alive to use instead, or the one at hand where it is safe; absent where nothing bounds it or none is safe. */
  readonly safeS?: number
  readonly detections: readonly Detection[]
}

/** Pure: rules and profiles, nothing measured. */
export function advise(question: Question): Advice {
  const force = inForce(question)
  const findings = findingsOf(question, force)
  const safeS = safest(question)
  const everyMs = pingEveryMs(question.client, force.clientS * 1000)
  return {
    question,
    inForce: force,
    level: findings.some(({ level }) => level === 'fail')
      ? 'fail'
      : findings.some(({ level }) => level === 'warn')
        ? 'warn'
        : 'ok',
    findings,
    pingsAnHour: 3_600_000 / everyMs,
    ...(safeS === undefined ? {} : { safeS }),
    detections: [...clients(question, force), ...brokers(question, force)],
  }
}

function safest({ idleMs, brokerMaxS, client }: Question): number | undefined {
  const byPath = idleMs === undefined ? Infinity : safeKeepaliveS(idleMs, client)
  const s = Math.min(byPath === 65_535 ? Infinity : byPath, brokerMaxS ?? Infinity)
  return s === Infinity || s < 1 ? undefined : s
}

function clients({ protocol, client }: Question, { clientS }: InForce): readonly Detection[] {
  if (clientS === 0) return []
  return clientProfilesAt(clientS * 1000, protocol)
    .filter(({ names }) => client === undefined || names.includes(client))
    .map(({ names, versions, best, worst }) => ({
      who: 'client',
      name: names[0] ?? '',
      versions,
      bestMs: Math.max(0, resolveDuration(best, clientS * 1000)),
      worstMs: resolveDuration(worst, clientS * 1000),
    }))
}

/** Counted from the last packet that it received, at most one silence of the client's before the path died. */
function brokers({ protocol, client, broker, brokerFamily }: Question, force: InForce): readonly Detection[] {
  const { clientS, brokerS } = force
  if (brokerS === 0) return []
  const silentMs = Math.min(silenceMs(client, clientS * 1000), 1.5 * brokerS * 1000)
  const bestMs = Math.max(0, 1.5 * brokerS * 1000 - silentMs - 1000)
  const rows = brokerProfilesAt(brokerS * 1000, protocol)
    .filter(({ names }) => brokerFamily === undefined || (brokerFamily !== null && names.includes(brokerFamily)))
    .map(profile => ({
      who: 'broker' as const,
      name: profile.names[0] ?? '',
      versions: profile.versions,
      bestMs,
      worstMs: resolveDuration(latestClose(profile, brokerS * 1000), brokerS * 1000),
    }))
  if (brokerFamily === undefined || rows.length > 0) return rows
  return [{ who: 'broker', name: broker?.name ?? 'broker', versions: '*', bestMs, worstMs: 1.5 * brokerS * 1000 }]
}
