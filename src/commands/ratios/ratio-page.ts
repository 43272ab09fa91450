import * as Plot from '@observablehq/plot'
import type { RatioRow } from '../../figures/peer-row.ts'
import { at } from '../../figures/ratio-fit.ts'
import { FIGURES, insteadOf } from '../../figures/ratio-words.ts'
import { drawPlot } from '../../reporters/draw/plot.ts'
import { type Drawing, document, textAt } from '../../reporters/draw/svg.ts'
import { forMarkup as escaped } from '../../text/harmless.ts'
import type { RatioTable } from './ratio-table.ts'
import { LEGEND, notes, origin, rowsOf, type Section, sections } from './sections.ts'

/** The whole table as a page of its own: plots, tables, pairs included. */
export function pageText(table: RatioTable): string {
  const plots = (['client', 'broker'] as const)
    .filter(role => rowsOf(table, role).length > 0)
    .map(role => document(plotOf(table, role), 0))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>halfopen: ratio table</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; color: #000; background: #fff }
svg { max-width: 100%; height: auto } table { border-collapse: collapse; margin: 1rem 0 } th, td { text-align: left; vertical-align: top; padding: 2px 12px 2px 0; border-bottom: 1px solid #bbb; white-space: pre-line }
</style></head><body>
<h1>Ratio table</h1>
${paragraphs(origin(table))}
${plots.join('\n')}
${sections(table, true).map(grid).join('\n')}
${paragraphs([...notes(table, true), ...LEGEND])}
</body></html>
`
}

const paragraphs = (texts: readonly string[]): string => texts.map(text => `<p>${escaped(text)}</p>`).join('\n')

const grid = ({ title, head, rows }: Section): string =>
  `<h2>${escaped(title)}</h2>\n<table><thead>${line(head, 'th')}</thead><tbody>\n${rows.map(row => line(row, 'td')).join('\n')}\n</tbody></table>`

const line = (cells: readonly string[], tag: string): string =>
  `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`

const WIDTH = 860
const HEIGHT = 420
const LEFT = 50
/** Dark enough to be told apart on white, and in grey by the symbols. */
const COLORS = [
  '#1f4e9c',
  '#c0392b',
  '#1e7b4c',
  '#8e44ad',
  '#b9770e',
  '#117a8b',
  '#5d6d7e',
  '#ad1457',
  '#4e342e',
  '#33691e',
]

interface Dot {
  readonly peer: string
  readonly keepaliveS: number
  readonly leastS: number
  readonly medianS: number
  readonly greatestS: number
}

/** Detection against the keep-alive: the points with their ranges, and the fitted lines. One drawing for clients, one for brokers. */
export function plotOf(table: RatioTable, role: RatioRow['role']): Drawing {
  const rows = rowsOf(table, role).filter(row => row.points.length > 0 || whyNoLine(row) !== '')
  const dots = rows.flatMap(dotsOf)
  const longestS = Math.max(1, ...dots.map(({ keepaliveS }) => keepaliveS))
  const lines = rows.flatMap(row => {
    const line = lineOf(row)
    if (!line) return []
    return [0, longestS].map(keepaliveS => ({ peer: row.name, keepaliveS, s: at(line, keepaliveS * 1000) / 1000 }))
  })
  const names = rows.map(({ name }) => name)
  const drawing = drawPlot({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: LEFT,
    marginBottom: 44,
    x: { label: 'keep-alive K (s)', domain: [0, longestS * 1.05], grid: true },
    y: {
      label: role === 'client' ? 'gives up after the last answer (s)' : 'closes after the last packet (s)',
      grid: true,
      zero: true,
    },
    color: { domain: names, range: COLORS },
    symbol: { domain: names },
    marks: [
      Plot.line(lines, { x: 'keepaliveS', y: 's', stroke: 'peer', strokeWidth: 1 }),
      Plot.ruleX(dots, { x: 'keepaliveS', y1: 'leastS', y2: 'greatestS', stroke: 'peer', strokeWidth: 2 }),
      Plot.dot(dots, { x: 'keepaliveS', y: 'medianS', stroke: 'peer', symbol: 'peer', r: 4 }),
      Plot.frame({ stroke: '#000' }),
    ],
  })
  return withLegend(drawing, rows.map(labelOf))
}

/** A peer whose points make no figure is drawn without a line, and its label says why. */
const labelOf = (row: RatioRow): string => `${row.name} ${whyNoLine(row)}`.trim()

const whyNoLine = (row: RatioRow): string =>
  insteadOf(row.role === 'client' ? FIGURES.afterAnswer : FIGURES.afterLastPacket, row, '')

const lineOf = ({ afterAnswer, afterLastPacket }: RatioRow) => afterAnswer ?? afterLastPacket

const dotsOf = ({ name, points }: RatioRow): readonly Dot[] =>
  points
    .filter(({ traffic }) => traffic === 'idle')
    .map(({ keepaliveS, leastMs, medianMs, greatestMs }) => ({
      peer: name,
      keepaliveS,
      leastS: leastMs / 1000,
      medianS: medianMs / 1000,
      greatestS: greatestMs / 1000,
    }))

function withLegend({ width, height, content }: Drawing, labels: readonly string[]): Drawing {
  let [x, y] = [LEFT, height + 12]
  const entries = labels.map((label, i) => {
    const room = 40 + 7.2 * label.length
    if (x + room > width) [x, y] = [LEFT, y + 18]
    const entry = `<rect x="${x}" y="${y - 6}" width="14" height="4" fill="${COLORS[i % COLORS.length]}"/>${textAt(x + 20, y, label)}`
    x += room
    return entry
  })
  return { width, height: y + 8, content: content + entries.join('') }
}
