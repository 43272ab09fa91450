import { type Duration, formatMs } from '../../model/duration.ts'
import type { MeasuredFit } from '../../model/peer-figures.ts'
import type { BrokerMeasurement, ClientMeasurement, Profile } from '../../model/profile.ts'
import { SERVER_EARLIEST, SERVER_GRANULARITY_UNKNOWN, SERVER_TIMEOUT } from '../spec.ts'
import type { InUse } from './measured-profiles.ts'

/** When something may happen, in units of K, before any tolerance of the lab's. */
export interface WindowBounds {
  readonly earliest: Duration
  readonly latest: Duration
  /** Where the figures come from, and what speaks against them. */
  readonly source: string
}

/**
 * From the moment the path died to the client's close. Soonest where it died just before the PINGREQ was due, one ping
 * interval after the last answer; latest where it died just after an answer.
 */
export function clientBounds(
  { profile, doubt }: InUse<ClientMeasurement>,
  keepaliveMs: number,
  publishing: boolean,
): WindowBounds {
  const { afterAnswer, whilePublishing, ping, granularityMs } = profile
  // One that never gave up while publishing is held to what it does idle: that it never does is no measure of it.
  const fit = publishing && typeof whilePublishing === 'object' ? whilePublishing : afterAnswer
  const spreadMs = spreadAt(profile, keepaliveMs)
  return {
    earliest: { k: fit.k - ping.k, ms: fit.ms - ping.ms - spreadMs },
    latest: { k: fit.k, ms: fit.ms + granularityMs + spreadMs },
    source: sourceOf(profile, keepaliveMs, doubt),
  }
}

/**
 * From the last packet that the broker received, to its close. `spareMs`: the lab's tolerance. Never sooner than the spec
 * allows: that somebody saw a broker close earlier is a finding about the broker, and no measure for it.
 */
export function brokerBounds(
  { profile, doubt }: InUse<BrokerMeasurement>,
  keepaliveMs: number,
  spareMs: number,
): WindowBounds {
  const { afterLastPacket, granularityMs } = profile
  const looseMs = spreadAt(profile, keepaliveMs) + spareMs
  const earliest = { k: afterLastPacket.k, ms: afterLastPacket.ms - looseMs }
  const latest = { k: afterLastPacket.k, ms: afterLastPacket.ms + granularityMs + looseMs }
  const source = sourceOf(profile, keepaliveMs, doubt)
  const at = (bound: Duration) => bound.k * keepaliveMs + bound.ms
  if (at(earliest) >= at(SERVER_EARLIEST)) return { earliest, latest, source }
  const isTooSoon = lineAt(afterLastPacket, keepaliveMs) < at(SERVER_EARLIEST)
  return {
    earliest: SERVER_EARLIEST,
    latest: at(latest) >= at(SERVER_TIMEOUT) ? latest : { ...SERVER_TIMEOUT, ms: SERVER_GRANULARITY_UNKNOWN.ms },
    source: isTooSoon ? `${source}; it was seen to close sooner than the specification allows` : source,
  }
}

export const lineAt = ({ k, ms }: MeasuredFit, keepaliveMs: number): number => k * keepaliveMs + ms

/**
 * How far a peer may lie from its line. The line's slope is known to one spread over the keep-alives that were tried, so
 * beyond them the spread grows by itself with each such distance.
 */
export function spreadAt({ spreadMs, keepalivesS }: Profile, keepaliveMs: number): number {
  const beyondMs = beyond(keepalivesS, keepaliveMs)
  const widthMs = (Math.max(...keepalivesS) - Math.min(...keepalivesS)) * 1000
  return beyondMs === 0 || widthMs === 0 ? spreadMs : spreadMs * (1 + beyondMs / widthMs)
}

function beyond(keepalivesS: readonly number[], keepaliveMs: number): number {
  const [leastMs, mostMs] = [Math.min(...keepalivesS) * 1000, Math.max(...keepalivesS) * 1000]
  return Math.max(leastMs - keepaliveMs, keepaliveMs - mostMs, 0)
}

/** `my-device 1.2 profile, measured 2026-11-22, spread 30 ms`. */
function sourceOf(profile: Profile, keepaliveMs: number, doubt: string | undefined): string {
  const { name, version, measured, spreadMs, keepalivesS, lab } = profile
  const where = lab === undefined ? '' : ` (${lab})`
  const known = `${name} ${version} profile, measured ${measured.slice(0, 10)}${where}, spread ${formatMs(spreadMs)}`
  const range = `at K = ${[...new Set([Math.min(...keepalivesS), Math.max(...keepalivesS)])].join(' to ')} s only`
  const stretched = beyond(keepalivesS, keepaliveMs) === 0 ? known : `${known}, ${range}`
  return doubt === undefined ? stretched : `${stretched}; ${doubt}`
}
