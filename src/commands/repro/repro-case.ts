import type { Middlebox } from '../../faults/middleboxes/middlebox.ts'
import { pingEveryMs, silenceMs } from '../../timing/profiles/pings.ts'
import { inForce } from '../../timing/safe-interval.ts'
import type { Protocol } from '../../timing/spec.ts'
import { noticeMs } from '../../timing/tolerance.ts'

/** What is to be reproduced, in full length; `scale` says how many times shorter it is played. */
export interface Case {
  /** With the idle time-out that is in force, where that is not the preset's own. */
  readonly box: Middlebox
  /** The idle time-out was given, and is not the preset's own. */
  readonly ownAfter: boolean
  /** What the client asks for. */
  readonly keepaliveS: number
  readonly client: string
  readonly broker: string
  /** Absent: MQTT 3.1.1. */
  readonly protocol?: Protocol
  /** The broker's `max_keepalive`, in seconds: a client of MQTT 5.0 that asks for more is told this one. */
  readonly brokerMaxS?: number
  /** Who speaks into the silence, besides the client's pings. */
  readonly publish: 'broker' | 'client' | 'none'
  readonly scale: number
}

/** Longer than this is not waited for in real time. */
export const LONG_MS = 120_000

/** What the client keeps to, in seconds: its own, unless the broker imposes another (MQTT 5.0 [MQTT-3.2.2-21]). */
export const keepaliveInForceS = ({ keepaliveS, protocol = 4, brokerMaxS }: Case): number =>
  inForce({ keepaliveS, protocol, ...(brokerMaxS === undefined ? {} : { brokerMaxS }) }).clientS

/** How often this client pings while idle, in full length. */
export const everyPingMs = (given: Case): number => pingEveryMs(given.client, keepaliveInForceS(given) * 1000)

/** Its longest silence while idle, in full length. */
export const longestSilenceMs = (given: Case): number => silenceMs(given.client, keepaliveInForceS(given) * 1000)

/** How long the case takes until everybody has noticed and come back, as played. */
export function lengthMs({ box, keepaliveS, scale }: Case): number {
  const keepaliveMs = (keepaliveS * 1000) / scale
  const idleMs = box.afterMs / scale
  return Math.max(noticeMs(keepaliveMs), 1.5 * idleMs + keepaliveMs + noticeMs(0))
}

/**
 * How often messages go, in full length: into the time after the flow was forgotten and before the next ping, so that they
 * meet the middlebox first; where there is no such time, after the idle time-out in any case, so that they refresh nothing.
 */
export function everyMs(given: Case): number {
  const { afterMs } = given.box
  const pingMs = everyPingMs(given)
  return Math.round(pingMs > 1.04 * afterMs ? (afterMs + Math.min(pingMs, 2 * afterMs)) / 2 : 1.3 * afterMs)
}
