import { wrap } from '../../text/layout.ts'
import { groupBy } from '../../text/median.ts'
import { plural } from '../../text/words.ts'
import { advice } from './advice.ts'
import { axisNumber, TITLES } from './cell.ts'
import { type CellResult, type Comparison, defaultMetric, type Metric, metrics } from './comparison.ts'
import { figure } from './numbers.ts'
import { common, type Layout, mapLayout, origin, type Panel, tableText } from './panels.ts'

/** For reading; more columns than that are none. */
export const WIDTH = 80
/** Cells left out that are named one by one. */
const NAMED = 5

/** The whole answer for a terminal: what was measured, and what it comes to. */
export function comparisonText(comparison: Comparison, metricName: string | undefined): string {
  const layout = mapLayout(comparison)
  const metric = metrics.get(metricName ?? '') ?? defaultMetric(comparison.results)
  const figures = layout ? mapText(layout, metric, WIDTH) : tableText(comparison)
  const blocks = [
    ...wrap(heading(comparison, comparison.results.length), WIDTH),
    ...wrap(common(comparison), WIDTH),
    '',
    ...(comparison.results.length > 0 ? [figures, ''] : []),
    ...notes(comparison).flatMap(text => wrap(text, WIDTH)),
    ...advice(comparison).flatMap(text => [...wrap(text, WIDTH)]),
  ]
  return `${blocks.join('\n').trimEnd()}\n`
}

/** `results`: how many there are. */
export function heading(comparison: Comparison, results: number): string {
  const { cells, shard, partial } = comparison
  const count = partial ? `${results} of ${cells} cells (partial)` : plural(results, 'cell')
  return `${count}${shard ? `, shard ${shard.index}/${shard.of}` : ''}; ${origin(comparison)}`
}

export function notes({ results, leftOut }: Comparison): string[] {
  const doubts = results.filter(({ trouble }) => trouble !== null)
  const reasons = groupBy(leftOut, ({ reason }) => reason).map(([reason, own]) => [reason, own.length] as const)
  return noteLines({ doubts, doubtful: doubts.length, reasons })
}

interface Noted {
  /** The first of the results that can't be relied on, and how many there are. */
  readonly doubts: readonly CellResult[]
  readonly doubtful: number
  /** Why cells were left out, and how many. */
  readonly reasons: readonly (readonly [reason: string, cells: number])[]
}

export const noteLines = ({ doubts, doubtful, reasons }: Noted): string[] => [
  ...doubts.slice(0, NAMED).map(({ index, trouble }) => `! cell ${index}: ${trouble}`),
  ...(doubtful > NAMED ? [`! and ${doubtful - NAMED} more cells that can't be relied on`] : []),
  ...reasons.slice(0, NAMED).map(([reason, cells]) => `left out, ${plural(cells, 'cell')}: ${reason}`),
  ...(reasons.length > NAMED ? [`left out for other reasons: ${reasons.length - NAMED} more kinds of cells`] : []),
]

/** A figure, `null` for none, `undefined` where nothing was played. */
type Value = number | null | undefined

/** From little to much; each is darker than the one before. */
const RAMP = ['-', '+', '*', '%', '#', '@'] as const
const NONE = '.'
const NOT_PLAYED = '?'
const MOST_ROWS = 36

/** Values of an axis that share a row or column. */
interface Bin {
  readonly label: string
  readonly values: ReadonlySet<number>
}

/** A heat map of characters for each panel, with its legend. Where it is too large, a character is the worst of several cells. */
function mapText(layout: Layout, metric: Metric, width: number): string {
  const legend = `${metric.title} (${metric.unit})`
  return [legend, ...layout.panels.map(panel => panelText(panel, layout, metric, width))].join('\n\n')
}

function panelText(panel: Panel, layout: Layout, metric: Metric, width: number): string {
  const labelWidth = Math.max(...layout.ys.map(y => figure(y).length), 3)
  const rows = bins(layout.ys, MOST_ROWS).toReversed()
  const valueAt = reader(panel, layout, metric)
  const room = width - labelWidth - 2
  const texts = layout.xs.map(x => layout.ys.map(y => cellText(valueAt(new Set([x]), new Set([y])))))
  const cellWidth = Math.max(...texts.flat().map(text => text.length), ...layout.xs.map(x => figure(x).length)) + 1
  const asNumbers = layout.xs.length * cellWidth <= room && layout.ys.length <= MOST_ROWS
  const body = asNumbers
    ? numberLines(layout, rows, valueAt, cellWidth)
    : charLines(bins(layout.xs, room), rows, valueAt, layout)
  const lines = body.map((line, row) => `${(rows[row]?.label ?? '').padStart(labelWidth)} |${line}`.trimEnd())
  return [
    ...(panel.title === '' ? [] : [panel.title]),
    TITLES[layout.y],
    ...lines.slice(0, rows.length),
    `${' '.repeat(labelWidth)} +${'-'.repeat(Math.max(...body.map(line => line.length), 1))}`,
    ...body.slice(rows.length).map(line => `${' '.repeat(labelWidth + 2)}${line}`.trimEnd()),
    `${' '.repeat(labelWidth + 2)}${TITLES[layout.x]}`,
    ...(asNumbers ? [`${NONE} ${metric.none}`] : legendLines(panel, layout, metric, rows, width)),
  ].join('\n')
}

type Reader = (xs: ReadonlySet<number>, ys: ReadonlySet<number>) => Value

/** The worst of the cells that two bins hold. */
function reader({ results }: Panel, { x, y }: Layout, metric: Metric): Reader {
  const byPlace = new Map(
    results.map(result => [`${axisNumber(result.cell, x)} ${axisNumber(result.cell, y)}`, metric.value(result)]),
  )
  return (xs, ys) => {
    const found = [...xs].flatMap(xOne => [...ys].map(yOne => byPlace.get(`${xOne} ${yOne}`)))
    const played = found.filter(value => value !== undefined)
    if (played.length === 0) return undefined
    const some = played.filter(value => value !== null)
    return some.length > 0 ? Math.max(...some) : null
  }
}

const cellText = (value: Value): string => (value === undefined ? NOT_PLAYED : value === null ? NONE : figure(value))

function numberLines({ xs }: Layout, rows: readonly Bin[], valueAt: Reader, cellWidth: number): string[] {
  const line = (row: Bin) => xs.map(x => cellText(valueAt(new Set([x]), row.values)).padStart(cellWidth)).join('')
  return [...rows.map(line), xs.map(x => figure(x).padStart(cellWidth)).join('')]
}

function charLines(columns: readonly Bin[], rows: readonly Bin[], valueAt: Reader, layout: Layout): string[] {
  const values = rows.map(row => columns.map(column => valueAt(column.values, row.values)))
  const shade = shader(stepOf(values.flat()))
  return [...values.map(line => line.map(shade).join('')), ticks(columns, layout.xs)]
}

/** Steps of equal width from nothing to the greatest value. */
function shader(step: number): (value: Value) => string {
  return value => {
    if (value === undefined) return NOT_PLAYED
    if (value === null) return NONE
    return RAMP[Math.min(RAMP.length - 1, Math.floor(value / step))] ?? NONE
  }
}

const stepOf = (values: readonly Value[]): number =>
  values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) / RAMP.length || 1

function legendLines(
  { results }: Panel,
  layout: Layout,
  metric: Metric,
  rows: readonly Bin[],
  width: number,
): string[] {
  const step = stepOf(results.map(metric.value))
  const steps = RAMP.map((char, i) => `${char} ${figure(i * step)}-${figure((i + 1) * step)}`)
  const across = bins(layout.xs, width - 6)[0]?.values.size ?? 1
  const down = rows[0]?.values.size ?? 1
  const folded = across * down > 1 ? [`each character is the worst of up to ${across} x ${down} cells`] : []
  return [`${NONE} ${metric.none}   ${steps.join('   ')}`, ...folded]
}

/** At most `most` bins of as many consecutive values each as that takes. */
function bins(values: readonly number[], most: number): readonly Bin[] {
  const size = Math.ceil(values.length / most)
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const own = values.slice(i * size, (i + 1) * size)
    return { label: figure(own[0] ?? 0), values: new Set(own) }
  })
}

/** Labels under the columns, as many as fit. */
function ticks(columns: readonly Bin[], xs: readonly number[]): string {
  const longest = figure(xs.at(-1) ?? 0).length
  const every = Math.max(longest + 2, Math.ceil(columns.length / 8))
  let line = ''
  for (let column = 0; column < columns.length; column += every)
    line = line.padEnd(column) + (columns[column]?.label ?? '')
  return line
}
