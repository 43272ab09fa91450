import { plural } from '../reporters/layout.ts'
import type { PeerRow, RatioTable } from './table.ts'
import { keepalivesText, timeText } from './words.ts'

/** What made the figures: enough to make them again. One sentence each. */
export function origin(table: RatioTable): readonly string[] {
  const { lab, halfopen, node, started, tookMs, machine, settings, runs, partial } = table
  const load = `${plural(machine.cores, 'core')}, load ${machine.loadBefore.toFixed(1)} before`
  return [
    `${partial ? 'PARTIAL: ' : ''}lab ${lab}, halfopen ${halfopen}, Node ${node}, ${started.slice(0, 16).replace('T', ' ')} UTC, ${spanText(tookMs)} on ${load}, seed ${settings.seed}`,
    `K = ${keepalivesText(settings.keepalivesS)}; ${plural(settings.phases, 'moment')} of the cut in one K; ${settings.traffics.join(' and ')}; ${settings.brokerSamples} silent clients for each broker and K`,
    `${plural(runs.counted, 'connection')} counted, ${plural(runs.repeated, 'run')} played once more, ${runs.lost === 0 ? 'none' : runs.lost} left that can't be relied on`,
  ]
}

const spanText = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Why a figure is missing, what was never seen, what was left out. */
export function notes(table: RatioTable): readonly string[] {
  return [
    ...table.peers.flatMap(row => row.doubts.map(doubt => `? ${row.name}, ${doubt}`)),
    ...table.peers.flatMap(neverText),
    ...table.leftOut.map(({ what, reason, remedy }) => `left out: ${what}: ${reason}${remedy ? ` (${remedy})` : ''}`),
  ]
}

const neverText = ({ name, never, whilePublishing, watchedMs }: PeerRow): readonly string[] => {
  const when = never ? '' : whilePublishing === 'never' ? ' while it published' : undefined
  return when === undefined
    ? []
    : [`${name} never gave up${when}; watched for up to ${timeText(watchedMs)} after the cut`]
}

/** How to read it. */
export const LEGEND = [
  'K is the keep-alive. After answer: a client gives up so long after the last answer that it got, by the line through its medians at each K (Theil-Sen); ' +
    'a cut is noticed soonest where the path dies just before a ping was due, latest just after its answer. ' +
    'After last packet: a broker closes so long after it, or later. ' +
    'Spread: of all detections around their line, and (pairs) between the medians of two partners. Lost: connections that this peer ended while all was well, of so many. ' +
    'Server Keep Alive: MQTT 5.0 [MQTT-3.1.2-21].',
  'Times are real and the machine is shared: a few milliseconds are its own. Runs in which halfopen itself stood still at a moment that counts were dropped and played once more. ? is a figure that would be a guess.',
] as const
