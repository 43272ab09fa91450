import * as Plot from '@observablehq/plot'
import { drawPlot } from '../../reporters/draw/plot.ts'
import { type Drawing, paragraph, stack } from '../../reporters/draw/svg.ts'
import { TITLES } from './cell.ts'
import type { Metric } from './comparison.ts'
import { type ColorScale, extent, limitLines, NOT_PLAYED_FILL, type PlacedCell, placed } from './map-tiles.ts'
import { figure } from './numbers.ts'
import type { Layout, Panel } from './panels.ts'

/** Up to here each cell has room for its figure. */
const MOST_FIGURES = 200
/** Up to here each value of an axis gets a tick of its own. */
const MOST_TICKS = 12

/** One panel, as SVG. */
export function heatMap(panel: Panel, layout: Layout, metric: Metric, colors: ColorScale, width: number): Drawing {
  const tiles = placed(panel, layout, metric)
  const plot = drawPlot({
    width,
    height: Math.round(width * 0.75),
    marginLeft: 56,
    marginBottom: 44,
    marginTop: 26,
    marginRight: 60,
    x: axis(layout.xs, TITLES[layout.x]),
    y: axis(layout.ys, TITLES[layout.y]),
    marks: [
      Plot.frame({ fill: NOT_PLAYED_FILL, stroke: 'none' }),
      Plot.rect(tiles, {
        x1: 'x1',
        x2: 'x2',
        y1: 'y1',
        y2: 'y2',
        fill: ({ value }: PlacedCell) => colors.fill(value),
        ...edge(tiles),
      }),
      ...limits(layout),
      // Last, and with a border in the colour of the cell, so that no line crosses a figure.
      ...(tiles.length <= MOST_FIGURES ? [figures(tiles, colors)] : []),
      Plot.frame({ stroke: '#000' }),
    ],
  })
  return panel.title === '' ? plot : stack([paragraph([panel.title], { size: 13, weight: 'bold' }), plot], 2)
}

/** Lines between cells only where they are large enough for them. */
const edge = (tiles: readonly PlacedCell[]) => (tiles.length <= 1000 ? { stroke: '#bbb', strokeWidth: 0.5 } : {})

const figures = (tiles: readonly PlacedCell[], colors: ColorScale) =>
  Plot.text(tiles, {
    x: ({ x1, x2 }: PlacedCell) => (x1 + x2) / 2,
    y: ({ y1, y2 }: PlacedCell) => (y1 + y2) / 2,
    text: ({ value }: PlacedCell) => (value === null ? '·' : figure(value)),
    fill: ({ value }: PlacedCell) => (colors.isDark(value) ? '#fff' : '#000'),
    stroke: ({ value }: PlacedCell) => colors.fill(value),
    strokeWidth: 4,
  })

function axis(values: readonly number[], label: string): Plot.ScaleOptions {
  const domain = [...extent(values)]
  return { type: 'linear', domain, label, ...(values.length <= MOST_TICKS ? { ticks: [...values] } : { ticks: 8 }) }
}

function limits(layout: Layout): Plot.Markish[] {
  const [, right] = extent(layout.xs)
  return limitLines(layout).flatMap(({ label, isDashed, from: [x1, y1], to: [x2, y2] }) => {
    const ends = [{ x1, x2, y1, y2 }]
    const line = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', strokeDasharray: isDashed ? '5 4' : '' }
    const isAtTop = x2 < right
    return [
      Plot.link(ends, { ...line, stroke: '#fff', strokeWidth: 4 }),
      Plot.link(ends, { ...line, stroke: '#000', strokeWidth: 1.5 }),
      Plot.text(ends, {
        x: 'x2',
        y: 'y2',
        text: () => label,
        textAnchor: isAtTop ? 'middle' : 'start',
        dy: isAtTop ? -8 : 0,
        dx: isAtTop ? 0 : 5,
      }),
    ]
  })
}
