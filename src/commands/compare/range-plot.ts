import * as Plot from '@observablehq/plot'
import { drawPlot } from '../../reporters/draw/plot.ts'
import type { Drawing } from '../../reporters/draw/svg.ts'
import { varying } from './cell.ts'
import type { Comparison } from './comparison.ts'
import { cellTitle } from './panels.ts'
import type { CellResult, Spread } from './result.ts'

const ROW_HEIGHT = 34
const MOST_ROWS = 60
/** Of a character, about. */
const CHARACTER = 7.2

interface Range {
  readonly cell: string
  readonly side: 'client' | 'broker'
  readonly min: number
  readonly median: number
  readonly max: number
}

/** Where there are no two axes to span a map: for each cell, from the least to the greatest, when each side noticed. */
export function rangePlot(comparison: Comparison, width: number): Drawing {
  const results = comparison.results.slice(0, MOST_ROWS)
  const dimensions = varying(results.map(({ cell }) => cell))
  const title = ({ cell }: CellResult) =>
    cellTitle(cell, dimensions, comparison) || cellTitle(cell, ['keepaliveS'], comparison)
  const ranges = results.flatMap(result => [
    ...rangeOf(title(result), 'client', result.client.noticed, result),
    ...rangeOf(title(result), 'broker', result.broker.noticed, result),
  ])
  const offset = ({ side }: Range) => (side === 'client' ? -7 : 7)
  const of = (side: Range['side']) => ranges.filter(range => range.side === side)
  const marks = (['client', 'broker'] as const).flatMap(side => {
    const dy = offset({ side } as Range)
    const isClient = side === 'client'
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
    height: 70 + ROW_HEIGHT * results.length,
    marginLeft: 16 + CHARACTER * Math.max(...results.map(result => title(result).length)),
    marginBottom: 44,
    x: {
      label: 'noticed after the cut, in multiples of K',
      domain: [0, Math.max(1, ...ranges.map(({ max }) => max)) * 1.05],
      grid: true,
    },
    y: { label: null, domain: [...new Set(results.map(title))] },
    marks: [...marks, Plot.frame({ stroke: '#000' })],
  })
}

function rangeOf(
  cell: string,
  side: Range['side'],
  spread: Spread | null,
  { cell: { keepaliveS } }: CellResult,
): Range[] {
  if (!spread) return []
  const inK = (ms: number) => ms / (keepaliveS * 1000)
  return [{ cell, side, min: inK(spread.minMs), median: inK(spread.medianMs), max: inK(spread.maxMs) }]
}
