import * as Plot from '@observablehq/plot'
import { drawPlot } from '../../reporters/draw/plot.ts'
import { type Drawing, paragraph, stack } from '../../reporters/draw/svg.ts'
import { SAFE_RATIO } from '../../timing/safe-interval.ts'
import { axisNumber, TITLES } from './cell.ts'
import type { Metric } from './comparison.ts'
import { figure } from './numbers.ts'
import type { Layout, Panel } from './panels.ts'

/** Up to here each cell has room for its figure. */
const MOST_FIGURES = 200
/** Up to here each value of an axis gets a tick of its own. */
const MOST_TICKS = 12

interface Tile {
  readonly x1: number
  readonly x2: number
  readonly y1: number
  readonly y2: number
  readonly x: number
  readonly y: number
  readonly value: number | null
}

/** One panel: a rectangle for each cell, between the middles of its neighbours, so that the axes stay true to scale. */
export function heatMap(panel: Panel, layout: Layout, metric: Metric, colors: ColorScale, width: number): Drawing {
  const tiles = tilesOf(panel, layout, metric)
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
        fill: ({ value }: Tile) => colors.fill(value),
        ...edge(tiles),
      }),
      ...(layout.x === 'keepaliveS' && layout.y === 'idleMs' ? limits(layout) : []),
      // Last, and with a border in the colour of the cell, so that no line crosses a figure.
      ...(tiles.length <= MOST_FIGURES ? [figures(tiles, colors)] : []),
      Plot.frame({ stroke: '#000' }),
    ],
  })
  return panel.title === '' ? plot : stack([paragraph([panel.title], { size: 13, weight: 'bold' }), plot], 2)
}

/** Lines between cells only where they are large enough for them. */
const edge = (tiles: readonly Tile[]) => (tiles.length <= 1000 ? { stroke: '#bbb', strokeWidth: 0.5 } : {})

const figures = (tiles: readonly Tile[], colors: ColorScale) =>
  Plot.text(tiles, {
    x: 'x',
    y: 'y',
    text: ({ value }: Tile) => (value === null ? '·' : figure(value)),
    fill: ({ value }: Tile) => (colors.isDark(value) ? '#fff' : '#000'),
    stroke: ({ value }: Tile) => colors.fill(value),
    strokeWidth: 4,
  })

function tilesOf({ results }: Panel, { x, y, xs, ys }: Layout, metric: Metric): readonly Tile[] {
  const [acrossX, acrossY] = [borders(xs), borders(ys)]
  return results.map(result => {
    const [atX, atY] = [axisNumber(result.cell, x), axisNumber(result.cell, y)]
    const [x1, x2] = acrossX.get(atX) ?? [atX, atX]
    const [y1, y2] = acrossY.get(atY) ?? [atY, atY]
    return { x1, x2, y1, y2, x: (x1 + x2) / 2, y: (y1 + y2) / 2, value: metric.value(result) }
  })
}

/** From the middle to the one before, to the middle to the one after; at the ends as far out as in. */
function borders(values: readonly number[]): ReadonlyMap<number, readonly [number, number]> {
  return new Map(
    values.map((value, i) => {
      const before = values[i - 1]
      const after = values[i + 1]
      const halfBefore = (value - (before ?? value - ((after ?? value + 1) - value))) / 2
      const halfAfter = ((after ?? value + (value - (before ?? value - 1))) - value) / 2
      return [value, [Math.max(0, value - halfBefore), value + halfAfter]]
    }),
  )
}

function axis(values: readonly number[], label: string): Plot.ScaleOptions {
  const all = [...borders(values).values()].flat()
  const domain = [Math.min(...all), Math.max(...all)]
  return { type: 'linear', domain, label, ...(values.length <= MOST_TICKS ? { ticks: [...values] } : { ticks: 8 }) }
}

/** K = T, where the flow is lost, and K = 2/3 T, the margin that is advised. */
function limits({ xs, ys }: Layout): Plot.Markish[] {
  const [left, right] = extent(xs)
  const [bottom, top] = extent(ys)
  return [
    { ratio: 1, dash: '', label: 'K = T' },
    { ratio: SAFE_RATIO, dash: '5 4', label: 'K = 2/3 T' },
  ].flatMap(({ ratio, dash, label }) => {
    const [x1, x2] = [Math.max(left, bottom * ratio), Math.min(right, top * ratio)]
    if (x1 >= x2) return []
    const ends = [{ x1, x2, y1: x1 / ratio, y2: x2 / ratio }]
    const line = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', strokeDasharray: dash }
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

function extent(values: readonly number[]): readonly [number, number] {
  const all = [...borders(values).values()].flat()
  return [Math.min(...all), Math.max(...all)]
}

/** Light to dark, so that the order is still there on a printer without colours. ColorBrewer's YlOrRd, six of its classes. */
export const STEPS = ['#fed976', '#feb24c', '#fd8d3c', '#fc4e2a', '#d31121', '#7a0022'] as const
export const NONE_FILL = '#ffffff'
export const NOT_PLAYED_FILL = '#d9d9d9'

/** Steps of equal width from nothing to the greatest value, so that twice as dark is about twice as much. */
export interface ColorScale {
  readonly fill: (value: number | null) => string
  /** Where text has to be white to be read. */
  readonly isDark: (value: number | null) => boolean
  /** `from` and `to` of each step. */
  readonly steps: readonly { readonly fill: string; readonly from: number; readonly to: number }[]
}

export function colorScale(values: readonly (number | null)[]): ColorScale {
  const most = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const width = most / STEPS.length || 1
  const stepOf = (value: number) => Math.min(STEPS.length - 1, Math.floor(value / width))
  return {
    fill: value => (value === null ? NONE_FILL : (STEPS[stepOf(value)] ?? NONE_FILL)),
    isDark: value => value !== null && stepOf(value) >= 3,
    steps: most === 0 ? [] : STEPS.map((fill, i) => ({ fill, from: i * width, to: (i + 1) * width })),
  }
}
