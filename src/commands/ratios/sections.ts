/** The table as titled grids of text, the same for a terminal, Markdown and a page. */
import type { PairRow, PeerRow, RatioTable } from './ratio-table.ts'
import {
  alarmsText,
  FIGURES,
  insteadOf,
  lineCell,
  noticedText,
  partnersText,
  SERVER_KEEP_ALIVE,
  timeText,
  timeWithin,
} from './ratio-words.ts'

export interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export const rowsOf = ({ peers }: RatioTable, role: PeerRow['role']): readonly PeerRow[] =>
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

const clientCells = (row: PeerRow): readonly string[] => [
  `${row.name}\n${row.version}`,
  lineCell(row.afterAnswer, FIGURES.afterAnswer, row, missing(row)),
  noticedText(row),
  lineCell(row.ping, FIGURES.ping, row, '-'),
  lineCell(row.whilePublishing, FIGURES.whilePublishing, row, '-'),
  row.afterAnswer ? `${timeText(row.spreadMs)}\n(${partnersText(row)})` : '-',
  alarmsText(row.falseAlarms),
]

const missing = ({ never }: PeerRow | PairRow): string => (never ? 'never' : '-')

const TOLD = {
  title: 'What clients are told and tell',
  head: ['client', 'keeps to Server\nKeep Alive', 'tells its application'],
}
const toldCells = (row: PeerRow): readonly string[] => [
  row.name,
  insteadOf(FIGURES.serverKeepAlive, row, SERVER_KEEP_ALIVE[row.serverKeepAlive ?? 'unknown']),
  row.told ?? '?',
]

const BROKERS = {
  title: 'Brokers, over all of their clients',
  head: ['broker', 'after last\npacket', 'or up to\nlater', 'looks\nevery', 'spread\n(pairs)', 'lost', 'samples'],
}

function brokerCells(row: PeerRow): readonly string[] {
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

const spread = (row: PeerRow): string => (row.afterLastPacket ? timeText(row.spreadMs) : '-')

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
