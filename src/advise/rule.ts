/**
 * How a keep-alive K and the idle time-out T of what lies on the path get along. An idle client says nothing for K and a box
 * forgets what says nothing for T, so K >= T is cut at every silence. K <= 2/3 T, the same as T >= 1.5K, leaves room for one
 * ping that is late or lost: HiveMQ asks as much of a load balancer, EMQX for T >= 1.2K, and users end at 0.34 to 0.75.
 */
export const SAFE_RATIO = 2 / 3

export type Level = 'fail' | 'warn' | 'ok'

export function levelOf(keepaliveMs: number, idleMs: number): Level {
  if (keepaliveMs === 0 || keepaliveMs >= idleMs) return 'fail'
  return keepaliveMs > SAFE_RATIO * idleMs ? 'warn' : 'ok'
}

/** The longest keep-alive, in whole seconds, that leaves the margin; 0 where there is none. The field has two bytes. */
export const safeKeepaliveS = (idleMs: number): number => Math.min(65_535, Math.floor((SAFE_RATIO * idleMs) / 1000))

/** The longest, in whole seconds, that is never cut where no ping is ever late. */
export const largestKeepaliveS = (idleMs: number): number => Math.min(65_535, Math.ceil(idleMs / 1000) - 1)
