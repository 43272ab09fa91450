import { SAFE_RATIO } from '../../timing/safe-interval.ts'
import { axisNumber } from './cell.ts'
import type { CellResult, Metric } from './comparison.ts'
import type { Layout, Panel } from './panels.ts'

/** A cell of a map: from the middle to its neighbour before, to the middle to the one after, so that the axes stay true to scale. */
export interface PlacedCell {
  readonly x1: number
  readonly x2: number
  readonly y1: number
  readonly y2: number
  readonly at: readonly [x: number, y: number]
  readonly value: number | null
  readonly result: CellResult
}

export function placed({ results }: Panel, { x, y, xs, ys }: Layout, metric: Metric): readonly PlacedCell[] {
  const [acrossX, acrossY] = [borders(xs), borders(ys)]
  return results.map(result => {
    const [atX, atY] = [axisNumber(result.cell, x), axisNumber(result.cell, y)]
    const [x1, x2] = acrossX.get(atX) ?? [atX, atX]
    const [y1, y2] = acrossY.get(atY) ?? [atY, atY]
    return { x1, x2, y1, y2, at: [atX, atY], value: metric.value(result), result }
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

/** From the border of the first to that of the last. */
export function extent(values: readonly number[]): readonly [number, number] {
  const all = [...borders(values).values()].flat()
  return [Math.min(...all), Math.max(...all)]
}

interface LimitLine {
  readonly label: string
  readonly isDashed: boolean
  readonly from: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
}

/** K = T, where the flow is lost, and K = 2/3 T, the margin that is advised; where these are the axes. */
export function limitLines({ x, y, xs, ys }: Layout): readonly LimitLine[] {
  if (x !== 'keepaliveS' || y !== 'idleMs') return []
  const [left, right] = extent(xs)
  const [bottom, top] = extent(ys)
  return [
    { ratio: 1, isDashed: false, label: 'K = T' },
    { ratio: SAFE_RATIO, isDashed: true, label: 'K = 2/3 T' },
  ].flatMap(({ ratio, isDashed, label }) => {
    const [x1, x2] = [Math.max(left, bottom * ratio), Math.min(right, top * ratio)]
    if (x1 >= x2) return []
    return [{ label, isDashed, from: [x1, x1 / ratio], to: [x2, x2 / ratio] }]
  })
}

/** Light to dark, so that the order is still there on a printer without colours. ColorBrewer's YlOrRd, six of its classes. */
export const STEPS = ['#fed976', '#feb24c', '#fd8d3c', '#fc4e2a', '#d31121', '#7a0022'] as const
export const NONE_FILL = '#ffffff'
export const NOT_PLAYED_FILL = '#d9d9d9'

/** Steps of equal width from nothing to the greatest value, so that twice as dark is about twice as much. */
export interface ColorScale {
  /** Number of its step; -1: it has none. */
  readonly stepOf: (value: number | null) => number
  readonly fill: (value: number | null) => string
  /** Where text has to be white to be read. */
  readonly isDark: (value: number | null) => boolean
  /** `from` and `to` of each step. */
  readonly steps: readonly { readonly fill: string; readonly from: number; readonly to: number }[]
}

export function colorScale(values: readonly (number | null)[]): ColorScale {
  const most = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  const width = most / STEPS.length || 1
  const stepOf = (value: number | null) => (value === null ? -1 : Math.min(STEPS.length - 1, Math.floor(value / width)))
  return {
    stepOf,
    fill: value => STEPS[stepOf(value)] ?? NONE_FILL,
    isDark: value => stepOf(value) >= 3,
    steps: most === 0 ? [] : STEPS.map((fill, i) => ({ fill, from: i * width, to: (i + 1) * width })),
  }
}
