import type { Middlebox } from '../middleboxes/middlebox.ts'
import { noticeMs } from '../timing/notice.ts'

/** What is to be reproduced, in full length; `scale` says how many times shorter it is played. */
export interface Case {
  /** With the idle time-out that is in force, where that is not the preset's own. */
  readonly box: Middlebox
  /** The idle time-out was given, and is not the preset's own. */
  readonly ownAfter: boolean
  readonly keepaliveS: number
  readonly client: string
  readonly broker: string
  /** Who speaks into the silence, besides the client's pings. */
  readonly publish: 'broker' | 'client' | 'none'
  readonly scale: number
}

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
export function everyMs({ box: { afterMs }, keepaliveS }: Case): number {
  const keepaliveMs = keepaliveS * 1000
  return Math.round(keepaliveMs > 1.04 * afterMs ? (afterMs + Math.min(keepaliveMs, 2 * afterMs)) / 2 : 1.3 * afterMs)
}
