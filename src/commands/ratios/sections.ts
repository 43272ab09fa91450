/** The table as titled grids of text, the same for a terminal, Markdown and a page. */

import type { RatioRow } from '../../figures/peer-row.ts'
import {
  alarmsText,
  FIGURES,
  insteadOf,
  keepalivesText,
  lineCell,
  noticedText,
  partnersText,
  SERVER_KEEP_ALIVE,
  timeText,
  timeWithin,
} from '../../figures/ratio-words.ts'
import { wrap } from '../../text/layout.ts'
import { plural } from '../../text/words.ts'
import type { Drift, DriftReport } from './ratio-drift.ts'
import type { PairRow, RatioTable } from './ratio-table.ts'

export interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export const rowsOf = ({ peers }: RatioTable, role: RatioRow['role']): readonly RatioRow[] =>
  peers.filter(row => row.role === role)

export function sections(table: RatioTable, withPairs: boolean): readonly Section[] {
  const all = [
    { ...CLIENTS, rows: rowsOf(table, 'client').map(clientCells) },
    { ...TOLD, rows: rowsOf(table, 'client').map(toldCells) },
    { ...BROKERS, rows: rowsOf(table, 'broker').map(brokerCells) },
    ...(withPairs ? [{ ...PAIRS, rows: table.pairs.map(pairCells) }] : []),
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

const CLIENTS = {
  title: 'Clients, over all of their brokers',
  head: [
    'client',
    'after\nanswer',
    'a cut is\nnoticed in',
    'pings\nevery',
    'while\npublishing',
    'spread\n(pairs)',
    'lost',
  ],
}

const clientCells = (row: RatioRow): readonly string[] => [
  `${row.name}\n${row.version}`,
  lineCell(row.afterAnswer, FIGURES.afterAnswer, row, missing(row)),
  noticedText(row),
  lineCell(row.ping, FIGURES.ping, row, '-'),
  lineCell(row.whilePublishing, FIGURES.whilePublishing, row, '-'),
  row.afterAnswer ? `${timeText(row.spreadMs)}\n(${partnersText(row)})` : '-',
  alarmsText(row.falseAlarms),
]

const missing = ({ never }: RatioRow | PairRow): string => (never ? 'never' : '-')

const TOLD = {
  title: 'What clients are told and tell',
  head: ['client', 'keeps to Server\nKeep Alive', 'tells its application'],
}
const toldCells = (row: RatioRow): readonly string[] => [
  row.name,
  insteadOf(FIGURES.serverKeepAlive, row, SERVER_KEEP_ALIVE[row.serverKeepAlive ?? 'unknown']),
  row.told ?? '?',
]

const BROKERS = {
  title: 'Brokers, over all of their clients',
  head: ['broker', 'after last\npacket', 'or up to\nlater', 'looks\nevery', 'spread\n(pairs)', 'lost', 'samples'],
}

function brokerCells(row: RatioRow): readonly string[] {
  const { granularityMs, granularityWithinMs } = row
  return [
    `${row.name}\n${row.version}`,
    lineCell(row.afterLastPacket, FIGURES.afterLastPacket, row, missing(row)),
    granularityMs === undefined
      ? insteadOf(FIGURES.granularity, row, '-')
      : timeWithin(granularityMs, granularityWithinMs).replace(' ±', '\n±'),
    row.scanMs === undefined ? '-' : `${(row.scanMs / 1000).toFixed(1)} s`,
    // A broker that looks now and then looks different to everybody.
    row.scanMs === undefined ? `${spread(row)}\n(${partnersText(row)})` : spread(row),
    alarmsText(row.falseAlarms),
    String(row.samples),
  ]
}

const spread = (row: RatioRow): string => (row.afterLastPacket ? timeText(row.spreadMs) : '-')

const PAIRS = {
  title: 'Pairs',
  head: ['client', 'broker', 'client\nafter answer', 'while\npublishing', 'broker after\nlast packet', 'first', 'lost'],
}

function pairCells(row: PairRow): readonly string[] {
  const { brokerLeastK, brokerGreatestK } = row
  return [
    row.client,
    row.broker,
    lineCell(row.afterAnswer, FIGURES.afterAnswer, row, missing(row)),
    lineCell(row.whilePublishing, FIGURES.whilePublishing, row, '-'),
    brokerLeastK === undefined || brokerGreatestK === undefined
      ? '-'
      : `${brokerLeastK.toFixed(2)}-${brokerGreatestK.toFixed(2)}K`,
    firstText(row.first),
    alarmsText(row.falseAlarms),
  ]
}

function firstText(first: PairRow['first']): string {
  const seen = Object.entries(first).filter(([, count]) => count > 0)
  const [only, another] = seen
  if (!only) return '?'
  return another ? 'varies' : only[0]
}

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

const neverText = ({ name, never, whilePublishing, watchedMs }: RatioRow): readonly string[] => {
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

const WIDTH = 80

/** What the comparison with a baseline came to, in lines for a terminal. */
export function driftText(report: DriftReport, baseline: string): string {
  const { tolerance, compared, drifts, unmeasured, versions, missing, added } = report
  const outcome =
    drifts.length > 0
      ? `${plural(drifts.length, 'figure')} of ${compared} drifted`
      : `${plural(compared - unmeasured.length, 'figure')} agree`
  const lines = [
    `Against ${baseline}: ${outcome} (tolerance ${tolerance.k} in factors, ${timeText(tolerance.ms)} in offsets and granularities).`,
    ...drifts.map(drift => `DRIFT ${figureText(drift)}`),
    ...unmeasured.map(drift => `? ${figureText(drift)}`),
    ...versions.map(text => `another version: ${text}`),
    ...(missing.length > 0 ? [`only in the baseline: ${missing.join(', ')}`] : []),
    ...(added.length > 0 ? [`not in the baseline: ${added.join(', ')}`] : []),
  ]
  return `${lines.flatMap(line => wrap(line, WIDTH)).join('\n')}\n`
}

const figureText = ({ peer, figure, expected, measured }: Drift): string =>
  `${peer} ${figure} ${measured}; the baseline says ${expected}`
