import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import type { Cluster } from '../clusters.ts'
import { spreadWords, times } from '../dates.ts'
import { livesOf } from '../log-facts.ts'
import type { Observed } from '../observe.ts'
import { isScheduled, type Outage } from '../outages.ts'
import { spreadOf } from '../tally.ts'

/** What many ends at one moment say, of the whole source; `undefined` where there are none. */
export function weighClusters(observed: Observed, keepaliveS: number | undefined) {
  const clusters = observed.clusters.filter(({ common }) => common)
  if (clusters.length === 0) return undefined
  const early = clusters.reduce((sum, each) => sum + each.early, 0)
  const timeouts = clusters.reduce((sum, each) => sum + each.timeouts, 0)
  const ended = clusters.reduce((sum, each) => sum + each.clients, 0)
  const isEarly = early > 0 && early >= 0.6 * timeouts
  const sockets = socketsAfter(observed, clusters)
  const probes = probesMissed(observed, clusters)
  const late = clusters.reduce((sum, each) => sum + each.late, 0)
  const isLate = late > 0 && late >= 0.5 * timeouts
  const isHost = isEarly || isLate || sockets > 0 || probes !== undefined
  const scales = new Scales(titleOf(isHost, timeouts >= ended / 2), 6)
  const size = spreadOf(clusters.map(({ clients }) => clients))
  scales.pro(
    clusters.length > 1 ? 2 : 0,
    `${rangeOf(size?.leastMs ?? 0, size?.mostMs ?? 0)} clients ended in the same second, ${times(clusters.length)}: no fault of one client or of one path`,
  )
  if (isEarly) {
    const lags = clusters.flatMap(({ lagsMs }) => lagsMs)
    const k = keepaliveS ? `, where 1.5K = ${1.5 * keepaliveS} s` : ''
    scales.pro(
      4,
      lags.length > 0
        ? `that was ${spreadWords(lags)} after their last packets${k}: too early for 1.5K`
        : `that was too early for 1.5K since CONNECT${k}`,
    )
  }
  if (isLate)
    scales.pro(
      2,
      `that was up to ${spreadWords(spreadOf([Math.max(...clusters.flatMap(({ lagsMs }) => lagsMs))]))} after their last packets${keepaliveS ? `, where 1.5K = ${1.5 * keepaliveS} s` : ''}: a broker that runs looks sooner`,
    )
  const lives = livesOf(observed.clients.flatMap(({ records }) => records.filter(({ together }) => together)))
  if (!isEarly && keepaliveS && lives.length > 0 && Math.min(...lives) > 2500 * keepaliveS)
    scales.pro(
      1,
      `their sessions had lasted ${spreadWords(lives)} with K = ${keepaliveS} s, so their pings came through until then`,
    )
  if (sockets > 0)
    scales.pro(
      2,
      `just afterwards ${plural(sockets, 'socket')} got no CONNECT through in time: the broker was not reading`,
    )
  if (probes !== undefined) scales.pro(2, probes)
  return scales.done({
    advice: [
      isHost
        ? "look at the broker's host at these dates: its clock (NTP, hypervisor), its load, its disk, its memory (swap, OOM), a snapshot or backup that stopped it"
        : 'look at what these clients have in common at these dates: switch, access point, proxy, VPN, the broker and its host',
    ],
    next: ["the system's log at these dates (journalctl --since ...): clock steps, suspend, OOM, stalls of the disk"],
  })
}

/** What clients that fell silent together say; `undefined` where there are none. */
export function weighOutages(outages: readonly Outage[]) {
  if (outages.length === 0) return undefined
  const scales = new Scales(
    'the network between these clients and the broker failed (switch, access point, router, power)',
    6,
  )
  const size = spreadOf(outages.map(({ clients }) => clients))
  const connected = spreadOf(outages.map(each => each.connected))
  scales.pro(
    outages.length > 1 ? 2 : 0,
    `${rangeOf(size?.leastMs ?? 0, size?.mostMs ?? 0)} of ${rangeOf(connected?.leastMs ?? 0, connected?.mostMs ?? 0)} connected clients fell silent together, ${times(outages.length)}: each was timed out by its own keep-alive, and all their last packets are as old as one moment explains`,
  )
  const backs = numbersOf(outages)
  if (backs.length > 0 && Math.max(...backs) <= TOGETHER_MS)
    scales.pro(1, `they were back within ${spreadWords(spreadOf([Math.max(...backs)]))} of each other`)
  if (isScheduled(outages))
    scales.contra(1, 'that comes at fixed intervals: the clients may leave by a schedule of their own as well')
  return scales.done({
    advice: [
      'look at what these clients have in common at these dates: power, switch, access point, router, VPN, provider; no keep-alive helps',
    ],
    next: [
      'the logs of switch, access point and router at these dates, and whether other hosts were out of reach then',
    ],
  })
}

const TOGETHER_MS = 60_000
const numbersOf = (outages: readonly Outage[]): number[] => outages.flatMap(({ backWithinMs }) => backWithinMs ?? [])

const rangeOf = (least: number, most: number): string => (least === most ? `${most}` : `${least} to ${most}`)

function titleOf(isHost: boolean, isTimeouts: boolean): string {
  if (isHost) return "the broker or its host stood still, or the broker's clock was set"
  return isTimeouts
    ? "something that all these clients have in common: the broker's host, or the network between"
    : 'something closed all connections at once: a proxy that was reloaded, the network, or the broker'
}

/** Sockets that waited in vain for their CONNECT to be read. */
function socketsAfter({ silentSockets }: Observed, clusters: readonly Cluster[]): number {
  return silentSockets
    .filter(({ timeouts }) => timeouts > 0)
    .flatMap(({ atMs }) => atMs)
    .filter(opened => clusters.some(({ toMs }) => opened >= toMs - 60_000 && opened <= toMs + 60_000)).length
}

/** Probes of the port that come at fixed intervals, and did not come then. */
function probesMissed({ silentSockets }: Observed, clusters: readonly Cluster[]): string | undefined {
  for (const { ip, probes, atMs } of silentSockets) {
    if (probes < 5) continue
    const gaps = atMs.slice(1).map((date, index) => date - (atMs[index] ?? 0))
    const usual = spreadOf(gaps)?.medianMs ?? 0
    const missed = clusters.filter(({ fromMs, toMs }) =>
      gaps.some((gap, index) => {
        const before = atMs[index] ?? 0
        return gap > 1.8 * usual && before <= toMs + usual && before + gap >= fromMs - usual
      }),
    ).length
    if (usual > 0 && missed > 0)
      return `the probes from ${ip}, which else come every ${spreadWords(spreadOf([usual]))}, stopped at that time (${times(missed)})`
  }
  return undefined
}

export const allAtOnce: Cause = {
  name: 'all-at-once',
  weigh({ troubles, observed, keepaliveS, atLeast }) {
    const own = troubles.filter(({ together }) => together)
    if (own.length === 0 || own.length < Math.min(atLeast, 2) || own.length < troubles.length / 3) return undefined
    const weighed = weighClusters(observed, keepaliveS) ?? weighOutages(observed.outages)
    return weighed && { ...weighed, points: weighed.points + (own.length > troubles.length / 2 ? 2 : 0) }
  },
}
