import { plural } from '../../text/layout.ts'
import type { PeerRow, RatioTable } from './ratio-table.ts'
import { keepalivesText, timeText } from './ratio-words.ts'

/** What made the figures: enough to make them again. One sentence each. */
export function origin(table: RatioTable): readonly string[] {
  const { lab, halfopen, node, started, tookMs, machine, settings, runs, partial } = table
  const load = `${plural(machine.cores, 'core')}, load ${machine.loadBefore.toFixed(1)} before`
  return [
    `${partial ? 'PARTIAL: ' : ''}lab ${lab}, halfopen ${halfopen}, Node ${node}, ${started.slice(0, 16).replace('T', ' ')} UTC, ${spanText(tookMs)} on ${load}, seed ${settings.seed}`,
    `K = ${keepalivesText(settings.keepalivesS)}; ${plural(settings.phases, 'moment')} of the cut in one K; ${settings.traffics.join(' and ')}; ${settings.brokerSamples} silent clients for each broker and K`,
    `${plural(runs.counted, 'connection')} counted, ${plural(runs.repeated, 'run')} played again, ${runs.lost === 0 ? 'none' : runs.lost} left that can't be relied on`,
  ]
}

const spanText = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Why a figure is missing, what was never seen, what was left out. Those of pairs where these are shown. */
export function notes(table: RatioTable, withPairs: boolean): readonly string[] {
  const pairs = withPairs ? table.pairs.map(row => ({ ...row, name: `${row.client} with ${row.broker}` })) : []
  const rows = [...table.peers, ...pairs]
  return [
    ...rows.flatMap(({ name, doubts }) => doubts.map(doubt => `? ${name}, ${doubt}`)),
    ...(rows.some(({ doubts }) => doubts.length > 0) ? [REMEDY] : []),
    ...rows.flatMap(({ name, varies }) => varies.map(text => `varies: ${name}, ${text}`)),
    ...table.peers.flatMap(neverText),
    ...table.leftOut.map(({ what, reason, remedy }) => `left out: ${what}: ${reason}${remedy ? ` (${remedy})` : ''}`),
  ]
}

const REMEDY =
  'What makes a figure out of a ?: less at the same time on this machine (--jobs), longer keep-alives (--keepalive), more moments (--phases), more silent clients for a broker (--broker-samples).'

const neverText = ({ name, never, whilePublishing, watchedMs }: PeerRow): readonly string[] => {
  const when = never ? '' : whilePublishing === 'never' ? ' while it published' : undefined
  return when === undefined
    ? []
    : [`${name} never gave up${when}; watched for up to ${timeText(watchedMs)} after the cut`]
}

/** How to read it. */
export const LEGEND = [
  'K is the keep-alive. After answer: a client gives up so long after the last answer that it got, by the line through its detections (Theil-Sen); ' +
    'a cut is noticed soonest where the path dies just before a ping was due, latest just after its answer. ' +
    'After last packet: a broker closes so long after it, or later. ' +
    'Spread: of all detections around their line, and (pairs) between the medians of two partners. Lost: connections that this peer ended while all was well, of so many. ' +
    'Server Keep Alive: MQTT 5.0 [MQTT-3.1.2-21].',
  '±: the truth lies so far off at most, in 95 of 100; without it the last digit is right to one, and an offset that is not shown is below 50 ms. ' +
    'Times are real and the machine is shared: what was dated too late for a figure, or by whom something kept from counting, was dropped and played again. ? is a figure that would be a guess; varies: the peer itself keeps to no line.',
] as const
