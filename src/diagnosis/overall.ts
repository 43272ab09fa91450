import { plural } from '../text/words.ts'
import type { Weighed } from './cause.ts'
import { Scales } from './cause.ts'
import { weighClusters, weighOutages } from './causes/all-at-once.ts'
import { lengthWords, spreadWords, times } from './dates.ts'
import type { Observed } from './observe.ts'
import type { SilentSockets } from './sockets.ts'
import { isSteady, spreadOf } from './tally.ts'

/** What concerns no single client. */
export interface OverallFinding extends Weighed {
  readonly cause: string
  /** When it happened; at most 20 dates. */
  readonly atMs: readonly number[]
}

interface Options {
  readonly atLeast: number
  readonly clientId?: string
}

const MOST_DATES = 20

/** Findings on the source as a whole, and what is only worth knowing. Pure. */
export function overallOf(
  observed: Observed,
  options: Options,
): { findings: readonly OverallFinding[]; notes: readonly string[] } {
  const findings = [
    atOnce(observed, options),
    fellSilent(observed, options),
    ...silent(observed, options),
    ...refusals(observed, options),
  ].flatMap(finding => finding ?? [])
  return {
    findings,
    notes: [...probes(observed), ...sameSecond(observed), ...restarts(observed), ...missing(observed)],
  }
}

function atOnce(observed: Observed, { clientId }: Options): OverallFinding | undefined {
  const common = observed.clusters.filter(
    ({ common: is, ids }) => is && (clientId === undefined || ids.includes(clientId)),
  )
  if (common.length === 0) return undefined
  const keepalives = observed.clients.flatMap(({ records }) =>
    records.flatMap(({ keepaliveS, together }) => (together ? (keepaliveS ?? []) : [])),
  )
  const one = new Set(keepalives).size === 1 ? keepalives[0] : undefined
  const weighed = weighClusters({ ...observed, clusters: common }, one)
  return weighed && { cause: 'all-at-once', ...weighed, atMs: common.slice(0, MOST_DATES).map(({ fromMs }) => fromMs) }
}

function fellSilent(observed: Observed, { clientId }: Options): OverallFinding | undefined {
  const outages = observed.outages.filter(({ ids }) => clientId === undefined || ids.includes(clientId))
  const weighed = weighOutages(outages)
  return weighed && { cause: 'all-at-once', ...weighed, atMs: outages.slice(0, MOST_DATES).map(({ toMs }) => toMs) }
}

/** Sockets that the broker gave up on since no CONNECT came. */
function silent({ silentSockets, clients }: Observed, { atLeast, clientId }: Options): readonly OverallFinding[] {
  return silentSockets.flatMap(({ ip, timeouts, atMs }) => {
    if (timeouts < atLeast) return []
    const same = clients.filter(({ ips }) => ips.has(ip)).map(({ id }) => id)
    if (clientId !== undefined && !same.includes(clientId)) return []
    const scales = new Scales('connections that never sent a CONNECT', 5)
      .pro(
        0,
        `${plural(timeouts, 'socket')} from ${ip} never sent a CONNECT, and the broker gave them up (<unknown> in its log)`,
      )
      .pro(0, same.length > 0 ? `the client ${same.slice(0, 3).join(', ')} has the same address` : undefined)
    return [
      {
        cause: 'no-connect',
        ...scales.done({
          advice: [
            'look at what connects from there: a client that hangs or crashes between TCP and CONNECT, TLS spoken to a port without it, a scanner, or a path that loses what follows the handshake',
          ],
          next: [`a capture of port 1883 with ${ip}: does anything follow the TCP handshake?`],
        }),
        atMs: atMs.slice(0, MOST_DATES),
      },
    ]
  })
}

function refusals(observed: Observed, { atLeast, clientId }: Options): readonly OverallFinding[] {
  if (clientId !== undefined) return []
  return observed.refusals
    .filter(({ count }) => count >= atLeast)
    .slice(0, 10)
    .map(({ who, reason, count, firstMs, lastMs }) => {
      const everyMs = count > 1 ? (lastMs - firstMs) / (count - 1) : 0
      const scales = new Scales(
        /password|authori[sz]ed|credential|user/i.test(reason) ? 'credentials are refused' : 'connections are refused',
        8,
      ).pro(
        0,
        `${plural(count, 'connection')} from ${who} refused: ${reason}${everyMs > 0 ? `, one every ${lengthWords(everyMs)} on average` : ''}`,
      )
      return {
        cause: 'refused',
        ...scales.done({
          advice: ["check user name, password and the broker's access list; the keep-alive has nothing to do with it"],
        }),
        atMs: [firstMs],
      }
    })
}

/** A port that is looked at again and again: no trouble. */
function probes({ silentSockets }: Observed): readonly string[] {
  return silentSockets
    .filter(({ probes: count, timeouts }) => count >= 3 && count > timeouts)
    .slice(0, 5)
    .map(
      sockets =>
        `${plural(sockets.probes, 'bare TCP probe')} from ${sockets.ip}${rhythm(sockets)}: connected and closed at once, no CONNECT. A health check does so; it is no fault.`,
    )
}

function rhythm({ atMs }: SilentSockets): string {
  const gaps = atMs.slice(1).map((date, index) => date - (atMs[index] ?? 0))
  const usual = spreadOf(gaps)
  if (!usual) return ''
  const near = gaps.filter(gap => Math.abs(gap - usual.medianMs) <= 0.1 * usual.medianMs + 2000)
  return near.length >= 0.7 * gaps.length && isSteady(near, 0.2, 4000)
    ? ` every ${spreadWords(spreadOf([usual.medianMs]))}`
    : ''
}

/** Ends in one second that need no common cause. */
function sameSecond({ clusters }: Observed): readonly string[] {
  const own = clusters.filter(({ common, explained, clients }) => !common && explained >= 0.7 * clients)
  if (own.length === 0) return []
  const sizes = spreadOf(own.map(({ clients }) => clients))
  const size = sizes?.leastMs === sizes?.mostMs ? `${sizes?.mostMs}` : `${sizes?.leastMs} to ${sizes?.mostMs}`
  return [
    `${size} clients ended in the same second, ${times(own.length)}; each one's own silence had lasted 1.5K by then (they had connected or spoken in the same second), so that this alone says nothing of the broker.`,
  ]
}

function restarts({ starts, stops }: Observed): readonly string[] {
  if (starts + stops <= 1) return []
  return [
    `The broker was started ${times(starts)} and stopped ${times(stops)}; connections that were open then are not counted.`,
  ]
}

function missing({ gaps }: Observed): readonly string[] {
  if (gaps === 0) return []
  return [
    `${plural(gaps, 'time')} a connection went on after a silence that no broker lets pass, or the dates jump by months: lines are missing, the clock was set, or this broker enforces no keep-alive. Nothing is counted across.`,
  ]
}
