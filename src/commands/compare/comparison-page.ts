import {
  headAndRest,
  heading,
  list,
  paragraph,
  type ReportBlock,
  type ReportPage,
  type SpanMark,
} from '../../pages/report-model.ts'
import { plural } from '../../text/words.ts'
import { advice } from './advice.ts'
import { TITLES, varying } from './cell.ts'
import { type CellResult, type Comparison, defaultMetric, firstOf, type Metric, metrics } from './comparison.ts'
import { notes } from './comparison-text.ts'
import { colorScale, extent, limitLines, placed } from './map-tiles.ts'
import { figure } from './numbers.ts'
import { common, figures, HEAD, type Layout, mapLayout, type NoticedRange, noticedRanges, titleIn } from './panels.ts'

/** Cells that a page still lists one by one. */
const MOST_LISTED = 2000
/** Rows of ranges that are drawn. */
const MOST_ROWS = 60

/** A comparison as a page: what it comes to, the maps or the ranges, and the figures of each cell. */
export function comparisonPage(comparison: Comparison, metricName: string | undefined): ReportPage {
  const { results, cells, partial, settings, halfopen, node, clients, brokers, started } = comparison
  const [first, ...more] = advice(comparison)
  const [answer, ...rest] = headAndRest(first ?? 'Nothing was played')
  const layout = results.length > 0 ? mapLayout(comparison) : undefined
  const metric = metrics.get(metricName ?? '') ?? defaultMetric(results)
  const told = notes(comparison)
  const peers = (table: Comparison['clients']) =>
    Object.entries(table)
      .map(([name, { version, model }]) => `${name} ${version}${model ? ' (model)' : ''}`)
      .join(', ')
  return {
    halfopen,
    kind: `Comparison of ${partial ? `${results.length} of ${cells} cells (partial)` : plural(results.length, 'cell')}`,
    answer,
    result: partial || results.some(({ trouble }) => trouble !== null) ? 'inconclusive' : 'note',
    lead: [...rest, common(comparison)].filter(text => text !== ''),
    blocks: [
      ...(layout ? [maps(comparison, layout, metric)] : results.length > 0 ? [ranges(comparison)] : []),
      ...(more.length > 0 ? [heading(2, 'What it comes to'), ...list(more)] : []),
      ...(told.length > 0 ? [heading(2, 'What to bear in mind'), ...list(told)] : []),
      ...(results.length > 0 ? [heading(2, 'Each cell'), cellTable(comparison)] : []),
    ],
    environment: [
      ['Lab', settings.lab],
      ['Seed', String(settings.seed)],
      ['halfopen', halfopen],
      ['Node.js', node],
      ['Clients', peers(clients)],
      ['Brokers', peers(brokers)],
      ['Played', started.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
    ],
  }
}

const capital = (text: string): string => text.replace(/^./, first => first.toUpperCase())

function maps(comparison: Comparison, layout: Layout, metric: Metric): ReportBlock {
  const colors = colorScale(comparison.results.map(metric.value))
  const dimensions = varying(comparison.results.map(({ cell }) => cell))
  const tile = (panel: Layout['panels'][number]) =>
    placed(panel, layout, metric).map(({ value, result, ...place }) => ({
      ...place,
      step: colors.stepOf(value),
      text: value === null ? '·' : figure(value),
      title: `${titleIn(result, dimensions, comparison)}: ${value === null ? metric.none : `${figure(value)} ${metric.unit}`}`,
    }))
  return {
    is: 'maps',
    maps: {
      title: capital(metric.title),
      xLabel: TITLES[layout.x],
      yLabel: TITLES[layout.y],
      unit: metric.unit,
      none: metric.none,
      hasUnplayed: comparison.partial,
      steps: colors.steps.map(({ from, to }) => `${figure(from)} to ${figure(to)}`),
      maps: layout.panels.map(panel => ({
        title: panel.title,
        x: extent(layout.xs),
        y: extent(layout.ys),
        tiles: tile(panel),
        lines: limitLines(layout),
        xTicks: layout.xs,
        yTicks: layout.ys,
      })),
    },
  }
}

const SIDES = [
  { kind: 'client', text: 'client: median, from the least to the greatest' },
  { kind: 'broker', text: 'broker: the same' },
] as const

function ranges(comparison: Comparison): ReportBlock {
  const rows = noticedRanges({ ...comparison, results: comparison.results.slice(0, MOST_ROWS) })
  const words = ({ side, min, median, max }: NoticedRange) =>
    `${side} ${shown(median)}K${min === max ? '' : ` (${shown(min)} to ${shown(max)}K)`}`
  const mark = (range: NoticedRange): SpanMark => ({
    at: range.median,
    least: range.min,
    greatest: range.max,
    kind: range.side,
    title: `${range.cell}: ${words(range)}`,
  })
  return {
    is: 'spans',
    spans: {
      title: 'Who notices a cut, and when',
      xLabel: 'noticed after the cut, in multiples of K',
      unit: 'K',
      kinds: SIDES,
      rows: rows.map(row => ({
        label: row.cell,
        marks: row.ranges.map(mark),
        words: row.ranges.map(words).join('; ') || 'nobody noticed',
      })),
      lines: [1, 1.5, 2].map(at => ({ at, label: `${at}K` })),
    },
  }
}

const shown = (value: number): string => String(Number(value.toFixed(2)))

/** A row for each cell; sorted by what is in it. */
function cellTable(comparison: Comparison): ReportBlock {
  const { results } = comparison
  if (results.length > MOST_LISTED)
    return paragraph(`${results.length} cells are too many for a page; --csv and --json have each of them.`)
  const dimensions = varying(results.map(({ cell }) => cell))
  const hasMessages = results.some(({ messages }) => messages !== null)
  const isShown = (column: number) => hasMessages || HEAD[column] !== 'lost, late'
  const row = (result: CellResult) => {
    const sorts = [result.client.noticed?.medianMs, result.broker.noticed?.medianMs]
    const numbers = [undefined, ...sorts, result.flapsPerHour, result.messages?.lost, result.pingsPerHour]
    const cells = figures(result).map((text, i) => {
      const sort = numbers[i]
      return { text: text.replaceAll('\n', ', '), ...(sort === undefined || sort === null ? {} : { sort }) }
    })
    const first =
      result.trouble === null ? { text: firstOf(result) } : { text: 'in doubt', mood: 'inconclusive' as const }
    const title = { text: titleIn(result, dimensions, comparison), sort: result.index }
    return [title, first, ...cells.slice(1)].filter((_, column) => isShown(column))
  }
  return {
    is: 'table',
    table: {
      title: 'The figures of each cell',
      columns: HEAD.map((label, i) => ({ label, ...(i > 1 ? { isNumber: true } : {}) })).filter((_, i) => isShown(i)),
      rows: results.map(row),
    },
  }
}
