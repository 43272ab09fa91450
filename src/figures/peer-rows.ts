import { median } from '../text/median.ts'
import { bandOf, liftOf } from './band.ts'
import { inexact, offsetMs, TOLERANCE } from './exact.ts'
import type { RatioRow } from './peer-row.ts'
import {
  countsPings,
  type Drawn,
  drawn,
  drawnPings,
  type Good,
  goodOf,
  keepalivePoints,
  keepalivesOf,
  mostFrequent,
  pointsOf,
  rounded,
  tenth,
  toDraw,
  unreliable,
} from './points.ts'
import { byX, greatest, least, lineThrough, range, scanPeriodMs } from './ratio-fit.ts'
import type { PlayedPair } from './ratio-play.ts'
import { FIGURES, type FigureName, timeText, timeWithin } from './ratio-words.ts'
import { isDetection, type Sample } from './sample.ts'

/** All that was seen of one client, over all of its brokers. `planned` holds every run that it took part in, each once. */
export function clientRow(name: string, planned: readonly PlayedPair[]): RatioRow {
  const cuts = planned.filter(({ job }) => job.kind === 'cut')
  const of = (traffic: string) => cuts.filter(({ job }) => job.traffic === traffic)
  const [idle, publishing] = [of('idle'), of('publishing')]
  const line = drawn(idle, 'client')
  const talking = publishing.length > 0 ? drawn(publishing, 'client') : undefined
  const ping = drawnPings(planned.filter(({ job }) => countsPings(job)))
  const told = mostFrequent(goodOf(cuts).flatMap(({ sample }) => sample.told ?? []))
  const imposed = serverKeepAlive(planned.filter(({ job }) => job.kind === 'imposed'))
  return {
    ...head(name, 'client', planned),
    samples: pointsOf(goodOf(idle), 'client').length,
    ...('fit' in line ? { afterAnswer: line.fit } : {}),
    ...('fit' in ping ? { ping: ping.fit } : {}),
    spreadMs: 'fit' in line ? line.fit.spreadMs : 0,
    ...(talking && 'fit' in talking ? { whilePublishing: talking.fit } : {}),
    ...(talking && 'never' in talking ? { whilePublishing: 'never' } : {}),
    serverKeepAlive: imposed.verdict,
    ...(told === undefined ? {} : { told }),
    ...('never' in line ? { never: true } : {}),
    points: [
      ...keepalivePoints(goodOf(idle), 'client', 'idle'),
      ...keepalivePoints(goodOf(publishing), 'client', 'publishing'),
    ],
    falseAlarms: falseAlarms(goodOf(planned), 'client'),
    watchedMs: tenth(greatest([0, ...goodOf(cuts).map(({ sample }) => sample.watchedMs)])),
    ...partnersOf(idle, 'client'),
    ...whyNot([
      [FIGURES.afterAnswer, line],
      [FIGURES.ping, ping],
      [FIGURES.whilePublishing, talking],
      [FIGURES.serverKeepAlive, imposed.doubt === undefined ? undefined : { doubt: imposed.doubt }],
    ]),
  }
}

/** What is missing of these figures, and why: each sentence begins with the figure's name. */
export function whyNot(
  figures: readonly (readonly [name: FigureName, drawn: Drawn | undefined])[],
): Pick<RatioRow, 'doubts' | 'varies'> {
  return {
    doubts: figures.flatMap(([name, drawn]) => (drawn && 'doubt' in drawn ? [`${name}: ${drawn.doubt}`] : [])),
    varies: figures.flatMap(([name, drawn]) => (drawn && 'varies' in drawn ? [`${name}: ${drawn.varies}`] : [])),
  }
}

/** What every row has, whatever its role. */
function head(name: string, role: 'client' | 'broker', planned: readonly PlayedPair[]) {
  const versions = planned.map(outcome => (role === 'client' ? outcome.clientVersion : outcome.brokerVersion))
  return {
    name,
    role,
    version: mostFrequent(versions.filter(version => version !== 'unknown')) ?? 'unknown',
    date:
      planned
        .map(({ started }) => started)
        .toSorted()
        .at(-1) ?? '',
    halfopen: planned[0]?.halfopen ?? '',
    keepalivesS: [...keepalivesOf(planned.filter(({ job }) => job.kind !== 'imposed'))],
    lost: planned.filter(outcome => unreliable(outcome).length > 0).length,
  }
}

export const falseAlarms = (runs: readonly Good[], role: 'client' | 'broker'): RatioRow['falseAlarms'] => {
  // Before its cut a run is as healthy as any; a client that was given another interval than it keeps to is not.
  const watched = runs.filter(({ outcome: { job } }) => job.kind === 'healthy' || job.kind === 'cut')
  return { runs: watched.length, lost: watched.filter(({ sample }) => sample.falseAlarm === role).length }
}

/** The line with each partner alone; and how far apart the medians of two of them lie, at the keep-alive where it is most. */
function partnersOf(planned: readonly PlayedPair[], role: 'client' | 'broker') {
  const partnerOf = ({ job }: PlayedPair) => (role === 'client' ? job.broker.name : job.client.name)
  const names = [...new Set(planned.map(partnerOf))]
  const own = names.map(name => ({
    name,
    points: pointsOf(goodOf(planned.filter(each => partnerOf(each) === name)), role),
  }))
  const medians = own.map(({ points }) => new Map([...byX(points)].map(([x, at]) => [x, median(at.map(({ y }) => y))])))
  const xs = [...new Set(medians.flatMap(each => [...each.keys()]))]
  const apart = xs.map(x => range(medians.flatMap(each => each.get(x) ?? [])))
  return {
    partners: own.flatMap(({ name, points }) => {
      if (points.length === 0) return []
      // The closings of one that looks now and then make a band, and no line.
      const line = role === 'client' ? lineThrough(points) : undefined
      if (!line || inexact(line, least(xs) / 1000) !== undefined) return [{ name }]
      const { spreadMs: _, ...figure } = rounded(line)
      return [{ name, line: figure }]
    }),
    partnersSpreadMs: tenth(greatest([0, ...apart])),
  }
}

/** Around the imposed interval: half of it (esp-mqtt) to one and a half, where a broker may cut. */
const [SOONEST_K, LATEST_K] = [0.4, 1.6]

/** MQTT 5.0 [MQTT-3.1.2-21]: who was given an interval must keep to it. Asked for was ten times as much. */
function serverKeepAlive(planned: readonly PlayedPair[]): {
  readonly verdict: NonNullable<RatioRow['serverKeepAlive']>
  readonly doubt?: string
} {
  if (planned.length === 0) return { verdict: 'unknown' }
  const verdicts = new Set(goodOf(planned).map(({ sample }) => keptTo(sample)))
  const [verdict] = verdicts
  if (verdicts.size === 1 && verdict !== undefined) return { verdict }
  const reasons = planned.flatMap(({ sample }) => ('spoilt' in sample ? [sample.reason] : []))
  return {
    verdict: 'unknown',
    doubt: verdicts.size > 1 ? 'one run says so, one says no' : (reasons[0] ?? 'no run counts'),
  }
}

function keptTo({
  serverKeepAliveS,
  pingsAtMs,
  healthyMs,
  falseAlarm,
}: Sample): NonNullable<RatioRow['serverKeepAlive']> {
  if (serverKeepAliveS === undefined) return 'unknown'
  const imposedMs = serverKeepAliveS * 1000
  if (pingsAtMs.some(ms => ms >= SOONEST_K * imposedMs && ms <= LATEST_K * imposedMs)) return 'honoured'
  // A broker that keeps to its 1.5K exactly cuts a silent client before it was watched for so long.
  return healthyMs >= LATEST_K * imposedMs || falseAlarm === 'client' ? 'ignored' : 'unknown'
}

/** All that was seen of one broker, over all of its clients, silent ones included. */
export function brokerRow(name: string, planned: readonly PlayedPair[]): RatioRow {
  const cuts = planned.filter(({ job }) => job.kind === 'cut' || job.kind === 'silent')
  const silent = planned.filter(({ job }) => job.kind === 'silent')
  // Only the silent clients come evenly spread, on one broker and one clock, and at lifted keep-alives.
  const byTimer = planned.some(({ job }) => job.broker.dialect !== undefined)
  const { line, grain } =
    silent.length > 0 && !byTimer
      ? banded(cuts, silent)
      : { line: byTimer ? timed(cuts) : unrounded(cuts), grain: undefined }
  const scanMs = scanPeriodMs(
    goodOf(silent).flatMap(({ outcome: { zeroMs }, sample: { broker } }) =>
      zeroMs === undefined || !isDetection(broker) ? [] : [zeroMs + broker.atMs],
    ),
  )
  return {
    ...head(name, 'broker', planned),
    samples: pointsOf(goodOf(cuts), 'broker').length,
    ...('fit' in line ? { afterLastPacket: line.fit } : {}),
    ...(grain && 'ms' in grain
      ? { granularityMs: tenth(grain.ms), granularityWithinMs: Math.ceil(grain.withinMs * 10 + 1) / 10 }
      : {}),
    spreadMs: 'fit' in line ? line.fit.spreadMs : 0,
    ...(scanMs === undefined ? {} : { scanMs: Math.round(scanMs) }),
    ...('never' in line ? { never: true } : {}),
    points: [
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'idle')), 'broker', 'idle'),
      ...keepalivePoints(goodOf(ofTraffic(cuts, 'publishing')), 'broker', 'publishing'),
    ],
    falseAlarms: falseAlarms(goodOf(planned), 'broker'),
    watchedMs: tenth(greatest([0, ...goodOf(cuts).map(({ sample }) => sample.watchedMs)])),
    ...partnersOf(cuts, 'broker'),
    ...whyNot([
      [FIGURES.afterLastPacket, line],
      [FIGURES.granularity, grain && !('ms' in grain) ? grain : undefined],
    ]),
  }
}

/**
 * One of another dialect than MQTT looks by a timer that began with the connection: how long after the last packet it closes depends on
 * where in an interval that came. Silent clients have sent theirs as the timer began; those that were cut, at any moment of it.
 */
function timed(cuts: readonly PlayedPair[]): Drawn {
  const given = toDraw(cuts, 'broker')
  if (!('runs' in given)) return given
  const factors = pointsOf(given.runs, 'broker').map(({ x, y }) => y / x)
  const [from, to] = [least(factors), greatest(factors)]
  if (to - from <= 2 * TOLERANCE.k) return drawn(cuts, 'broker')
  return {
    varies: `it closes ${from.toFixed(2)}K to ${to.toFixed(2)}K after it, by a timer that does not begin anew with each packet`,
  }
}

const ofTraffic = (outcomes: readonly PlayedPair[], traffic: string): readonly PlayedPair[] =>
  outcomes.filter(({ job }) => job.traffic === traffic)

type Grain =
  | { readonly ms: number; readonly withinMs: number }
  | { readonly varies: string }
  | { readonly doubt: string }

const MORE = '(--broker-samples, longer keep-alives)'

function banded(
  cuts: readonly PlayedPair[],
  silent: readonly PlayedPair[],
): { readonly line: Drawn; readonly grain?: Grain } {
  const given = toDraw(cuts, 'broker')
  if (!('runs' in given)) return 'doubt' in given ? { line: given, grain: given } : { line: given }
  const band = bandOf(pointsOf(given.runs, 'broker'), liftOf(keepalivesOf(silent).map(each => each * 1000)))
  if (typeof band === 'string') return { line: { doubt: band }, grain: { doubt: band } }
  const shortestS = least(keepalivesOf(silent))
  const doubt = inexact(band.line, shortestS)
  return {
    line: doubt === undefined ? { fit: rounded(band.line) } : { doubt: `${doubt} ${MORE}` },
    grain: exactly(band.granularity, offsetMs(shortestS)),
  }
}

function exactly(grain: Grain, withinMs: number): Grain {
  if (!('ms' in grain) || grain.withinMs <= withinMs) return grain
  const known = `${timeWithin(grain.ms, grain.withinMs)} is no better known`
  return { doubt: `${known}; a figure takes ±${timeText(withinMs)} ${MORE}` }
}

/** Brokers that count whole seconds round 1.5K. At two keep-alives, and no lifted ones, that would pass for a slope. */
const LEAST_KEEPALIVES = 3

function unrounded(cuts: readonly PlayedPair[]): Drawn {
  const line = drawn(cuts, 'broker')
  if (!('fit' in line) || keepalivesOf(cuts).length >= LEAST_KEEPALIVES) return line
  return { doubt: 'two keep-alives do not tell a factor from whole seconds (--broker-samples, a third keep-alive)' }
}
