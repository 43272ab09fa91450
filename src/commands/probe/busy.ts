import { deadAtMs, isAlive, isDead, type Life, type Observation, type OneWay, VARIANTS } from './observation.ts'

/** What connections that were not silent tell of a silence that was cut. */
export interface BusyFindings {
  /** Connections are ended at this age, however busy they are: then there is no idle time-out to be seen. */
  readonly maxAge: { readonly ageMs: number; readonly times: number; readonly how: Life['how'] } | undefined
  /** Whose bytes keep a flow alive, where that was seen; `each`: each direction has a timer of its own. */
  readonly refreshedBy: 'both' | 'out' | 'in' | 'each' | undefined
  /** Connections died after different silences: the shortest that did, and the longest silence that another one lived through. */
  readonly pool: { readonly fromMs: number; readonly toMs: number } | undefined
}

interface Cut {
  readonly deadMs: number
  readonly dead: Observation | undefined
}

/** Pure. */
export function busyFindings(observations: readonly Observation[], lives: readonly Life[], cut: Cut): BusyFindings {
  if (!cut.dead) return { maxAge: undefined, refreshedBy: undefined, pool: undefined }
  const maxAge = maxAgeOf(lives, cut.deadMs)
  return {
    maxAge,
    refreshedBy: maxAge ? undefined : refreshedBy(observations, cut.deadMs),
    pool: maxAge ? undefined : poolOf(observations),
  }
}

/** Ages of the same kind differ by what a timer wheel, an accept queue and a handshake take. */
const nearAge = (ageMs: number, deadMs: number): boolean => Math.abs(ageMs - deadMs) <= Math.max(1000, 0.1 * deadMs)

/**
 * A busy connection that ended at the age at which the silent ones did, each time that it was old enough. One that outlived that
 * age speaks against it: then it was one event, such as a restart of the broker.
 */
function maxAgeOf(lives: readonly Life[], deadMs: number): BusyFindings['maxAge'] {
  const ended = lives.filter(({ how, ageMs }) => how !== 'open' && nearAge(ageMs, deadMs))
  const outlived = lives.some(({ ageMs }) => ageMs > deadMs && !nearAge(ageMs, deadMs))
  const [first] = ended
  return first && !outlived ? { ageMs: first.ageMs, times: ended.length, how: first.how } : undefined
}

/** Long enough after the time-out for it to be seen. */
export const BEYOND = 1.15

function refreshedBy(observations: readonly Observation[], deadMs: number): BusyFindings['refreshedBy'] {
  const [up, down] = (['up', 'down'] as const).map(way => counts(observations, way, deadMs))
  if (up === undefined || down === undefined) return undefined
  if (up && down) return 'both'
  return up ? 'out' : down ? 'in' : 'each'
}

/** Whether what goes this way alone kept a flow alive; `undefined`: not seen. */
function counts(observations: readonly Observation[], way: OneWay, deadMs: number): boolean | undefined {
  const own = observations.filter(each => each.variant === way && each.silenceMs >= BEYOND * deadMs)
  if (own.some(isAlive)) return true
  // One that ended much sooner ended for another reason: it was not let publish.
  return own.some(each => isDead(each) && deadAtMs(each) >= 0.8 * deadMs) ? false : undefined
}

/** Measuring the same time-out twice differs by less. One that is nearer has to be seen twice. */
const SPREAD = 1.1
const SPREAD_MS = 450

/** The widest spread that one way of asking shows; different ways may well differ on a single box. */
function poolOf(observations: readonly Observation[]): BusyFindings['pool'] {
  const pools = VARIANTS.flatMap(variant => spreadOf(observations.filter(each => each.variant === variant)) ?? [])
  return pools.toSorted((a, b) => b.toMs / b.fromMs - a.toMs / a.fromMs)[0]
}

function spreadOf(own: readonly Observation[]): BusyFindings['pool'] {
  const fromMs = Math.min(...own.filter(isDead).map(deadAtMs))
  // One that was ended lived until then.
  const lived = own.flatMap(each =>
    isAlive(each) ? [each.silenceMs] : each.outcome.what === 'ended' ? [each.outcome.afterMs] : [],
  )
  const beyond = lived.filter(ms => ms >= fromMs + SPREAD_MS)
  const toMs = Math.max(0, ...beyond)
  return toMs > SPREAD * fromMs || beyond.length > 1 ? { fromMs, toMs } : undefined
}
