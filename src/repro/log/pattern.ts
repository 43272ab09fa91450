/**
 * What the ends of many sessions say together. One lost connection says nothing; connections that all end at the same
 * distance from their last packet were ended by something that counts.
 *
 *   the broker timed the client out   the ping that was due after K never came: the flow was forgotten silently, T <= K
 *   ended by FIN or RST, same silence the box tells both at expiry: T is that silence
 *   ended as the broker spoke         the box answers with RST what comes after: T is at most the silence before it
 *   taken over by a new connection    the client learned first: its own ping was answered with RST, or gave up on it; T <= K
 */
import type { Session } from './sessions.ts'

export type Cause = 'timeout' | 'expiry' | 'answered' | 'taken-over'

/** Ends of one kind, in milliseconds. */
export interface Pattern {
  readonly cause: Cause
  readonly count: number
  /** How long the path had been silent, shortest, median and longest. */
  readonly silence: Spread
  /** The time-out lies above the first and not above the second. */
  readonly aboveMs: number
  readonly atMostMs: number
  readonly keepaliveS: number
}

export interface Spread {
  readonly leastMs: number
  readonly medianMs: number
  readonly mostMs: number
}

export interface Findings {
  readonly patterns: readonly Pattern[]
  /** From one connection of a client to its next. */
  readonly flapping: (Spread & { readonly count: number }) | undefined
  /** The longest silence after which something still came through. */
  readonly survivedMs: number
}

/** An answer follows at once, and mosquitto dates in whole seconds. */
const AT_ONCE_MS = 1500

/** Pure. `atLeast`: how often something must have happened to be a pattern. */
export function patternsIn(sessions: readonly Session[], atLeast: number): Findings {
  const survivedMs = Math.max(0, ...sessions.flatMap(survived))
  const ends = sessions.flatMap(session => endOf(session) ?? [])
  const causes: readonly Cause[] = ['timeout', 'expiry', 'answered', 'taken-over']
  const patterns = causes.flatMap(cause => {
    const own = ends.filter(end => end.cause === cause)
    return own.length < atLeast || (cause === 'expiry' && !isSteady(own)) ? [] : [patternOf(cause, own, survivedMs)]
  })
  const gaps = sessions.flatMap((session, index) => {
    const next = sessions.slice(index + 1).find(({ clientId }) => clientId === session.clientId)
    return next ? [next.fromMs - session.fromMs] : []
  })
  return {
    patterns,
    survivedMs,
    flapping: gaps.length >= atLeast ? { ...spreadOf(gaps), count: gaps.length } : undefined,
  }
}

interface End {
  readonly cause: Cause
  readonly silenceMs: number
  readonly keepaliveS: number
}

function endOf({ heard, said, end, keepaliveS }: Session): End | undefined {
  if (!end || end.how === 'disconnect') return undefined
  const lastHeard = heard.at(-1) ?? end.atMs
  if (end.how === 'timeout') return { cause: 'timeout', silenceMs: end.atMs - lastHeard, keepaliveS }
  if (end.how === 'taken-over') return { cause: 'taken-over', silenceMs: end.atMs - lastHeard, keepaliveS }
  const packets = [...heard, ...said].toSorted((a, b) => a - b)
  const last = packets.at(-1) ?? end.atMs
  const spoke = said.at(-1) ?? 0
  // The broker spoke into a silence, and that was the end of it.
  const before = packets.findLast(atMs => atMs < spoke - AT_ONCE_MS)
  if (spoke > lastHeard && end.atMs - spoke <= AT_ONCE_MS && before !== undefined)
    return { cause: 'answered', silenceMs: spoke - before, keepaliveS }
  return end.atMs - last <= AT_ONCE_MS ? undefined : { cause: 'expiry', silenceMs: end.atMs - last, keepaliveS }
}

/** Silences that something came through after: the client's own packets, which the broker heard. */
function survived({ heard, said }: Session): readonly number[] {
  const packets = [...heard, ...said].toSorted((a, b) => a - b)
  return packets.flatMap((atMs, index) => {
    const previous = packets[index - 1]
    return previous !== undefined && heard.includes(atMs) ? [atMs - previous] : []
  })
}

/** Something that counts ends them all alike: within a twentieth, and the whole seconds of the log. */
function isSteady(ends: readonly End[]): boolean {
  const { leastMs, medianMs, mostMs } = spreadOf(ends.map(({ silenceMs }) => silenceMs))
  return mostMs - leastMs <= Math.max(2000, medianMs / 20)
}

function patternOf(cause: Cause, ends: readonly End[], survivedMs: number): Pattern {
  const silence = spreadOf(ends.map(({ silenceMs }) => silenceMs))
  const keepaliveS = Math.max(...ends.map(end => end.keepaliveS))
  const pingMs = Math.min(...ends.map(end => (end.keepaliveS > 0 ? end.keepaliveS * 1000 : Infinity)))
  const atMostMs = cause === 'timeout' || cause === 'taken-over' ? Math.min(pingMs, silence.leastMs) : silence.leastMs
  // Only what is shorter can have been survived: else it was another path.
  return { cause, count: ends.length, silence, aboveMs: Math.min(survivedMs, atMostMs), atMostMs, keepaliveS }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    leastMs: sorted[0] ?? 0,
    medianMs: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    mostMs: sorted.at(-1) ?? 0,
  }
}
