import { type Duration, formatMs } from '../../model/duration.ts'
import type { Fit, Profile } from '../../model/profile.ts'
import { lineAt } from '../../timing/profiles/bounds.ts'
import { figure } from './text.ts'

/** What two good measurements of the same peer may differ by, beyond their own spreads: 0.02K, and what a busy machine adds. */
const TOLERANCE: Duration = { k: 0.02, ms: 100 }
/** Of the period at which a peer looks: half a second, or a tenth of it. */
const GRANULARITY_MS = 500
const GRANULARITY_PART = 0.1

/** In what the peer has changed since the profile was made, each as a sentence; empty for nothing. */
export function driftOf(old: Profile, now: Profile): readonly string[] {
  const keepalivesS = comparable(old.keepalivesS, now.keepalivesS)
  const looseMs = old.spreadMs + now.spreadMs
  return [
    ...fitsOf(old).flatMap(([what, was]) => {
      const is = new Map(fitsOf(now)).get(what)
      return is === undefined ? [] : changed(what, was, is, keepalivesS, looseMs)
    }),
    ...granularity(old, now),
    ...words(old, now),
  ]
}

/** Where both lines rest on points; if nowhere, then wherever one of them does. */
function comparable(a: readonly number[], b: readonly number[]): readonly number[] {
  const all = [...new Set([...a, ...b])]
  const [from, to] = [Math.max(Math.min(...a), Math.min(...b)), Math.min(Math.max(...a), Math.max(...b))]
  const both = all.filter(keepaliveS => keepaliveS >= from && keepaliveS <= to)
  return both.length > 0 ? both : all
}

type NamedFit = readonly [what: string, fit: Fit | 'never']

const fitsOf = (profile: Profile): readonly NamedFit[] =>
  profile.role === 'broker'
    ? [['its close after the last packet', profile.afterLastPacket]]
    : [
        ['its giving up after the last answer', profile.afterAnswer],
        ['its ping', profile.ping],
        ...(profile.whilePublishing ? [['its giving up while publishing', profile.whilePublishing] as const] : []),
      ]

function changed(
  what: string,
  was: Fit | 'never',
  is: Fit | 'never',
  keepalivesS: readonly number[],
  looseMs: number,
): readonly string[] {
  const told = `${what} was ${figure(was)} and is ${figure(is)}`
  if (was === 'never' || is === 'never') return was === is ? [] : [told]
  const apart = keepalivesS.map(keepaliveS => ({
    keepaliveS,
    byMs: Math.abs(lineAt(was, keepaliveS * 1000) - lineAt(is, keepaliveS * 1000)),
    mayMs: TOLERANCE.k * keepaliveS * 1000 + TOLERANCE.ms + looseMs,
  }))
  const [worst] = apart.filter(({ byMs, mayMs }) => byMs > mayMs).toSorted((a, b) => b.byMs - a.byMs)
  if (!worst) return []
  const { keepaliveS, byMs, mayMs } = worst
  return [`${told}: ${formatMs(byMs)} apart at K = ${keepaliveS} s, where ${formatMs(mayMs)} may be`]
}

function granularity({ granularityMs: was }: Profile, { granularityMs: is }: Profile): readonly string[] {
  const mayMs = Math.max(GRANULARITY_MS, GRANULARITY_PART * was)
  return Math.abs(was - is) > mayMs ? [`its granularity was ${formatMs(was)} and is ${formatMs(is)}`] : []
}

/** What could not be told now is no change. */
function words(old: Profile, now: Profile): readonly string[] {
  if (old.role !== 'client' || now.role !== 'client') return []
  const [was, is] = [old.serverKeepAlive, now.serverKeepAlive]
  return was === is || was === 'unknown' || is === 'unknown' ? [] : [`Server Keep Alive was ${was} and is ${is}`]
}
