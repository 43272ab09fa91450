import type { RatioRow } from '../../figures/peer-row.ts'
import { FIGURES, insteadOf, keepalivesText } from '../../figures/ratio-words.ts'
import {
  heading,
  list,
  type PointSeries,
  paragraph,
  plainTable,
  type ReportBlock,
  type ReportPage,
} from '../../pages/report-model.ts'
import { plural } from '../../text/words.ts'
import type { RatioTable } from './ratio-table.ts'
import { LEGEND, notes, origin, rowsOf, sections } from './sections.ts'

/** The whole table as a page: pictures, tables, pairs included. */
export function ratioPage(table: RatioTable): ReportPage {
  const { halfopen, node, lab, partial, peers, settings, machine, started } = table
  const told = notes(table, true)
  const isDoubtful = partial || peers.some(({ doubts }) => doubts.length > 0)
  return {
    halfopen,
    kind: 'Ratio table',
    answer: answerOf(table),
    result: isDoubtful ? 'inconclusive' : 'note',
    lead: origin(table).slice(1),
    blocks: [
      ...(['client', 'broker'] as const).flatMap(role => pictureOf(table, role)),
      ...sections(table, true).flatMap(({ title, head, rows }) => [heading(2, title), plainTable(title, head, rows)]),
      ...(told.length > 0 ? [heading(2, 'What to bear in mind'), ...list(told)] : []),
      heading(2, 'How to read it'),
      ...LEGEND.map(paragraph),
    ],
    environment: [
      ['halfopen', halfopen],
      ['Lab', lab],
      ['Node.js', node],
      ['Seed', String(settings.seed)],
      ['Keep-alives', keepalivesText(settings.keepalivesS)],
      ['Machine', `${plural(machine.cores, 'core')}, load ${machine.loadBefore.toFixed(1)} before`],
      ['Measured', `${started.slice(0, 16).replace('T', ' ')} UTC`],
    ],
  }
}

/** `2 clients give up 1.50K to 2.00K after the last answer, 1 never; ...`. */
function answerOf(table: RatioTable): string {
  const parts = [
    spanOf(rowsOf(table, 'client'), 'client', ['gives up', 'give up'], 'after the last answer'),
    spanOf(rowsOf(table, 'broker'), 'broker', ['closes', 'close'], 'after the last packet or later'),
  ].filter(text => text !== '')
  const answer = parts.length === 0 ? 'Nothing was measured' : parts.join('; ')
  return table.partial ? `PARTIAL: ${answer}` : answer
}

function spanOf(
  rows: readonly RatioRow[],
  noun: string,
  verbs: readonly [one: string, many: string],
  since: string,
): string {
  const factors = rows.flatMap(row => lineOf(row)?.k ?? [])
  const never = rows.filter(row => row.never).length
  const rest = rows.length - factors.length - never
  const [least, greatest] = [Math.min(...factors).toFixed(2), Math.max(...factors).toFixed(2)]
  const does = verbs[factors.length === 1 ? 0 : 1]
  return [
    factors.length > 0 &&
      `${plural(factors.length, noun)} ${does} ${least === greatest ? `${least}K` : `${least}K to ${greatest}K`} ${since}`,
    never > 0 && `${factors.length > 0 ? never : plural(never, noun)} never`,
    rest > 0 && `of ${factors.length + never > 0 ? rest : plural(rest, noun)} it is not known`,
  ]
    .filter(text => text !== false)
    .join(', ')
}

function pictureOf(table: RatioTable, role: RatioRow['role']): readonly ReportBlock[] {
  const rows = rowsOf(table, role).filter(row => row.points.length > 0 || whyNoLine(row) !== '')
  if (rows.length === 0) return []
  const isClient = role === 'client'
  const points = {
    title: isClient ? 'When clients give up, by their keep-alive' : 'When brokers close, by the keep-alive',
    xLabel: 'keep-alive K (s)',
    yLabel: isClient ? 'gives up after the last answer (s)' : 'closes after the last packet (s)',
    series: rows.map(seriesOf),
  }
  return [{ is: 'points', points }]
}

function seriesOf(row: RatioRow): PointSeries {
  const line = lineOf(row)
  const points = row.points
    .filter(({ traffic }) => traffic === 'idle')
    .map(({ keepaliveS, leastMs, medianMs, greatestMs }) => ({
      x: keepaliveS,
      least: leastMs / 1000,
      y: medianMs / 1000,
      greatest: greatestMs / 1000,
    }))
  return {
    label: `${row.name} ${whyNoLine(row)}`.trim(),
    points,
    ...(line ? { line: { factor: line.k, offset: line.ms / 1000 } } : {}),
  }
}

/** A peer whose points make no figure is drawn without a line, and its label says why. */
const whyNoLine = (row: RatioRow): string =>
  insteadOf(row.role === 'client' ? FIGURES.afterAnswer : FIGURES.afterLastPacket, row, '')

const lineOf = ({ afterAnswer, afterLastPacket }: RatioRow) => afterAnswer ?? afterLastPacket
