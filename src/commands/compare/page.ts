import { type Drawing, document, paragraph, stack, textAt, tile } from '../../reporters/draw/svg.ts'
import { forMarkup as escaped } from '../../text/escapes.ts'
import { wrap } from '../../text/layout.ts'
import { advice } from './advice.ts'
import { type ColorScale, colorScale, NONE_FILL, NOT_PLAYED_FILL } from './colors.ts'
import type { Comparison } from './comparison.ts'
import { heatMap } from './heat-map.ts'
import { defaultMetric, type Metric, metrics } from './metric.ts'
import { figure } from './numbers.ts'
import { common, type Layout, mapLayout, origin } from './panels.ts'
import { rangePlot } from './range-plot.ts'
import { tableText } from './table.ts'

const PANEL_WIDTH = 520
const WIDE = 860
const COLUMNS = 2
/** Characters that fit under a panel. */
const LINE = 110
/** Cells that a page still lists one by one. */
const MOST_LISTED = 500

/** The comparison as one picture: title, map, legend, where it comes from, and what it comes to. */
export function svgText(comparison: Comparison, metricName: string | undefined): string {
  return document(stack([...picture(comparison, metricName), paragraph(words(comparison))], 14))
}

/** The same as a page, with the figures of each cell where they are not too many. */
export function htmlText(comparison: Comparison, metricName: string | undefined): string {
  const sentences = advice(comparison).map(text => `<p>${escaped(text)}</p>`)
  const listed = comparison.results.length <= MOST_LISTED ? `<pre>${escaped(tableText(comparison))}</pre>` : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>halfopen compare</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; color: #000; background: #fff }
svg { max-width: 100%; height: auto } pre { font-size: 13px; line-height: 1.3; overflow-x: auto }
@media print { body { margin: 0 } pre { page-break-inside: auto } }
</style></head><body>
${document(stack(picture(comparison, metricName), 14), 0)}
${sentences.join('\n')}
${listed}
</body></html>
`
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
