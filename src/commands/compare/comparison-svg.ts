import * as Plot from '@observablehq/plot'
import { drawPlot } from '../../reporters/draw/plot.ts'
import { type Drawing, document, paragraph, stack, textAt, tile } from '../../reporters/draw/svg.ts'
import { wrap } from '../../text/layout.ts'
import { advice } from './advice.ts'
import { type Comparison, defaultMetric, type Metric, metrics } from './comparison.ts'
import { heatMap } from './heat-map.ts'
import { type ColorScale, colorScale, NONE_FILL, NOT_PLAYED_FILL } from './map-tiles.ts'
import { figure } from './numbers.ts'
import { common, type Layout, mapLayout, type NoticedRange, noticedRanges, origin } from './panels.ts'

const PANEL_WIDTH = 520
const WIDE = 860
const COLUMNS = 2
/** Characters that fit under a panel. */
const LINE = 110

/** The comparison as one picture: title, map, legend, where it comes from, and what it comes to. */
export function svgText(comparison: Comparison, metricName: string | undefined): string {
  return document(stack([...picture(comparison, metricName), paragraph(words(comparison))], 14))
}

function picture(comparison: Comparison, metricName: string | undefined): readonly Drawing[] {
  const layout = comparison.results.length > 0 ? mapLayout(comparison) : undefined
  const metric = metrics.get(metricName ?? '') ?? defaultMetric(comparison.results)
  const title = layout ? metric.title : 'who notices a cut, and when'
  const partial = comparison.partial ? ' (partial)' : ''
  const colors = colorScale(comparison.results.map(metric.value))
  return [
    paragraph([`${title}${partial}`.replace(/^./, first => first.toUpperCase())], { size: 18, weight: 'bold' }),
    paragraph([...wrap(common(comparison), LINE), ...wrap(origin(comparison), LINE)], { fill: '#333' }),
    layout ? maps(comparison, layout, metric, colors) : rangePlot(comparison, WIDE),
    layout ? legend(colors, metric, comparison.partial) : rangeLegend(),
  ]
}

function maps({ results }: Comparison, layout: Layout, metric: Metric, colors: ColorScale): Drawing {
  const single = layout.panels.length === 1
  const width = single && results.length > 0 ? WIDE : PANEL_WIDTH
  return tile(
    layout.panels.map(panel => heatMap(panel, layout, metric, colors, width)),
    single ? 1 : COLUMNS,
    20,
  )
}

/** A box of each colour with what it stands for. */
function legend({ steps }: ColorScale, metric: Metric, partial: boolean): Drawing {
  const entries = [
    { fill: NONE_FILL, label: metric.none },
    ...steps.map(({ fill, from, to }) => ({
      fill,
      label: `${figure(from)} to ${figure(to)}`,
    })),
    ...(partial ? [{ fill: NOT_PLAYED_FILL, label: 'not played' }] : []),
  ]
  let x = 0
  const content = entries.map(({ fill, label }) => {
    const placed = `<rect x="${x}" y="22" width="18" height="14" fill="${fill}" stroke="#000" stroke-width="0.5"/>${textAt(x + 24, 33, label)}`
    x += 44 + 7.2 * label.length
    return placed
  })
  return { width: x, height: 40, content: textAt(0, 12, `${metric.title} (${metric.unit})`) + content.join('') }
}

const rangeLegend = (): Drawing => ({
  width: 600,
  height: 18,
  content:
    '<circle cx="6" cy="8" r="5"/><line x1="14" x2="40" y1="8" y2="8" stroke="#000" stroke-width="2"/>' +
    textAt(46, 12, 'client: median, from best to worst case') +
    '<circle cx="306" cy="8" r="5" fill="#fff" stroke="#000"/><line x1="314" x2="340" y1="8" y2="8" stroke="#000" stroke-width="2" stroke-dasharray="4 3"/>' +
    textAt(346, 12, 'broker, the same'),
})

const words = (comparison: Comparison): readonly string[] => advice(comparison).flatMap(text => wrap(text, LINE + 20))

const ROW_HEIGHT = 34
const MOST_ROWS = 60
/** Of a character, about. */
const CHARACTER = 7.2

/** Where there are no two axes to span a map: for each cell, from the least to the greatest, when each side noticed. */
function rangePlot(comparison: Comparison, width: number): Drawing {
  const rows = noticedRanges({ ...comparison, results: comparison.results.slice(0, MOST_ROWS) })
  const ranges = rows.flatMap(row => row.ranges)
  const titles = rows.map(({ cell }) => cell)
  const of = (side: NoticedRange['side']) => ranges.filter(range => range.side === side)
  const marks = (['client', 'broker'] as const).flatMap(side => {
    const isClient = side === 'client'
    const dy = isClient ? -7 : 7
    return [
      Plot.ruleY(of(side), {
        y: 'cell',
        x1: 'min',
        x2: 'max',
        dy,
        strokeWidth: 2,
        strokeDasharray: isClient ? '' : '4 3',
      }),
      Plot.dot(of(side), { y: 'cell', x: 'median', dy, r: 5, stroke: '#000', fill: isClient ? '#000' : '#fff' }),
    ]
  })
  return drawPlot({
    width,
    height: 70 + ROW_HEIGHT * rows.length,
    marginLeft: 16 + CHARACTER * Math.max(...titles.map(title => title.length)),
    marginBottom: 44,
    x: {
      label: 'noticed after the cut, in multiples of K',
      domain: [0, Math.max(1, ...ranges.map(({ max }) => max)) * 1.05],
      grid: true,
    },
    y: { label: null, domain: [...new Set(titles)] },
    marks: [...marks, Plot.frame({ stroke: '#000' })],
  })
}
