/** What a cut does to all clients of a run together, as figures and in words. Pure. */
import type { Event } from '../model/event.ts'
import { plural, seconds } from '../text/words.ts'
import type { Crowd, Quantiles } from './crowd.ts'

export interface Storm {
  /** How many were connected when the first fault took hold, and the fewest after that. */
  readonly before: number
  readonly fewest: number
  /** The way back is open from here: the last fault was lifted, or took hold and let go of everything. */
  readonly openMs: number
  /** Counts are kept in steps, and steps of several machines may begin at other moments: what is dated by them was up to so much earlier. */
  readonly stepMs: number
  /** The most CONNECT packets that reached the broker within one second: at least and, since a second may begin inside a step, at most. */
  readonly peak: number
  readonly peakMost: number
  /** When the second of `peak` began. */
  readonly peakMs: number
  /** When half of those who had been lost were there again, and all; `undefined`: not by the end of the run. */
  readonly halfMs: number | undefined
  readonly allMs: number | undefined
  /** How many are missing at the end. */
  readonly missing: number
  readonly refused: number
  /** How many came back while the broker still had their connection before. */
  readonly duplicates: number
}

type Marks = readonly Pick<Event, 'what' | 'atMs' | 'lateMs'>[]

const OPENS: ReadonlySet<Event['what']> = new Set(['fault-held', 'fault-lifted', 'restarted'])

/** `undefined` where no fault took hold. `marks`: what the harness and the broker's process recorded. */
export function stormOf(crowd: Crowd, marks: Marks): Storm | undefined {
  const { fromMs, stepMs, blurMs, counts, connected } = crowd
  const first = marks.find(({ what }) => what === 'fault-held')
  // Where it took hold of all at once, the first may be lost before it has taken hold of the last.
  const heldMs = first && first.atMs - (first.lateMs ?? 0)
  const openMs = marks.findLast(({ what }) => OPENS.has(what))?.atMs
  if (heldMs === undefined || openMs === undefined) return undefined
  const held = Math.max(0, Math.floor((heldMs - fromMs) / stepMs))
  const before = connected[held - 1] ?? connected[held] ?? 0
  const after = connected.slice(held)
  const fewest = after.reduce((least, n) => Math.min(least, n), before)
  const endOf = (step: number) => fromMs + (held + step + 1) * stepMs + blurMs
  const backTo = (level: number): number | undefined => {
    const last = after.findLastIndex(n => n < level)
    return last === after.length - 1 && last >= 0 ? undefined : endOf(last + 1)
  }
  const connects = counts.connects.slice(held)
  // So many steps lie within a second for certain, and a second touches so many.
  const least = Math.max(0, Math.floor((1000 - 2 * blurMs) / stepMs))
  const most = Math.ceil((1000 + 2 * blurMs) / stepMs) + 1
  const { peak, step } = peakOf(connects, least)
  const total = (steps: readonly number[]) => steps.slice(held).reduce((sum, n) => sum + n, 0)
  return {
    before,
    fewest,
    openMs,
    stepMs: stepMs + 2 * blurMs,
    peak,
    peakMost: peakOf(connects, most).peak,
    peakMs: fromMs + (held + step) * stepMs,
    halfMs: backTo(before - Math.floor((before - fewest) / 2)),
    allMs: backTo(before),
    missing: Math.max(0, before - (after.at(-1) ?? before)),
    refused: total(counts.refused),
    duplicates: total(counts.takenOver),
  }
}

function peakOf(steps: readonly number[], width: number): { readonly peak: number; readonly step: number } {
  let [sum, peak, step] = [0, 0, 0]
  for (const [i, n] of steps.entries()) {
    sum += n - (steps[i - width] ?? 0)
    if (sum > peak) [peak, step] = [sum, Math.max(0, i - width + 1)]
  }
  return { peak, step }
}

export interface WillFlood {
  /** Connections that ended without DISCONNECT, so that a will is due; and those where one may be: a client's own return ended them, or they ended before an answer. */
  readonly due: number
  readonly maybe: number
  readonly seen: number
  /**
   * The longest that one that was due was on its way, or up to two steps less: both its ends are counted in steps. `undefined`: some never
   * came.
   */
  readonly lagMs: number | undefined
  /** Since when it is missing, where one is: the end of the connection. */
  readonly missingSinceMs: number | undefined
}

/** Which will is whose is not kept: the n-th that is seen answers the n-th that was due. */
export function willFlood({ counts, fromMs, stepMs }: Crowd): WillFlood {
  const steps = counts.dropped.map((n, i) => n + (counts.abandoned[i] ?? 0))
  const sum = (all: readonly number[]) => all.reduce((total, n) => total + n, 0)
  let [due, seen, at, lag] = [0, 0, -1, 0]
  let missingSinceMs: number | undefined
  for (const [i, n] of steps.entries()) {
    if (n === 0) continue
    due += n
    while (seen < due && at < counts.wills.length - 1) seen += counts.wills[++at] ?? 0
    if (seen < due) missingSinceMs ??= fromMs + (i + 1) * stepMs
    else lag = Math.max(lag, at - i + 1)
  }
  return {
    due,
    maybe: sum(counts.takenOver) + sum(counts.unanswered),
    seen: sum(counts.wills),
    lagMs: missingSinceMs === undefined ? lag * stepMs : undefined,
    missingSinceMs,
  }
}

/** A fleet in a few sentences, for whoever reads the report. */
export function crowdNotes(crowd: Crowd, marks: Marks): readonly string[] {
  const { size, clientNoticed, brokerNoticed, brokerCpu, brokerMb, ownMb } = crowd
  const storm = stormOf(crowd, marks)
  const flood = willFlood(crowd)
  const largest = (all: readonly number[]) => all.reduce((most, n) => Math.max(most, n), 0)
  const cost =
    brokerMb.length > 0
      ? `; the broker took up to ${largest(brokerCpu)} % of a processor and ${largest(brokerMb)} MB`
      : ''
  const own = ownMb === undefined ? '' : `; the processes of the fleet ${ownMb} MB`
  return [
    `${plural(size, 'device')}${cost}${own}`,
    ...(clientNoticed ? [`clients noticed ${spreadWords(clientNoticed)} after the fault`] : []),
    ...(brokerNoticed ? [`the broker dropped them ${spreadWords(brokerNoticed)} after their last packet`] : []),
    ...(flood.due + flood.seen > 0 && !marks.some(({ what }) => what === 'killed')
      ? [`${flood.seen} wills seen, ${flood.due} were due`]
      : []),
    ...(storm && storm.fewest < storm.before ? [stormWords(storm)] : []),
    ...curvesOf(crowd),
  ]
}

const spreadWords = ({ count, p50, p90, p99, max }: Quantiles): string =>
  `p50 ${seconds(p50)}, p90 ${seconds(p90)}, p99 ${seconds(p99)}, max ${seconds(max)} (${count})`

export function stormWords({
  before,
  fewest,
  openMs,
  stepMs,
  peak,
  peakMost,
  halfMs,
  allMs,
  missing,
  refused,
  duplicates,
}: Storm): string {
  const after = (ms: number | undefined) => (ms === undefined ? 'never' : `${seconds(Math.max(0, ms - openMs))}`)
  const back =
    allMs === undefined
      ? `${missing} of ${before - fewest} are not back, half ${after(halfMs)}`
      : `half were back ${after(halfMs)} and all ${after(allMs)} after the way was open (or up to ${seconds(stepMs)} earlier)`
  const most = peakMost > peak ? `${peak} to ${peakMost}` : peak
  return `storm of ${most} CONNECT/s; ${back}; ${refused} refused, ${duplicates} while the broker still had the old connection`
}

const BARS = '·▁▂▃▄▅▆▇█'
const COLUMNS = 48

/** Each curve in one line, from the beginning to the end of the run. */
function curvesOf({ counts, connected, stepMs }: Crowd): readonly string[] {
  const width = Math.max(1, Math.ceil(connected.length / COLUMNS))
  const most = (all: readonly number[]) => all.reduce((a, b) => Math.max(a, b), 0)
  const line = (name: string, steps: readonly number[], of: (slice: readonly number[]) => number) => {
    const columns = Array.from({ length: Math.ceil(steps.length / width) }, (_, i) =>
      of(steps.slice(i * width, (i + 1) * width)),
    )
    const top = most(columns)
    if (top === 0) return []
    const bars = columns.map(n => BARS[n === 0 ? 0 : Math.max(1, Math.round((n / top) * 8))]).join('')
    return [`${name} |${bars}| up to ${Math.round(top)}`]
  }
  const perSecond = (slice: readonly number[]) => slice.reduce((a, b) => a + b, 0) / ((slice.length * stepMs) / 1000)
  return [
    ...line('connected', connected, slice => slice.at(-1) ?? 0),
    ...line('CONNECT/s', counts.connects, perSecond),
    ...line('wills/s  ', counts.wills, perSecond),
  ]
}
