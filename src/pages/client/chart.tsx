/** What the pictures of reports share: a title, an axis, and the table behind the picture. */
import type { ScaleContinuousNumeric } from 'd3-scale'
import type { ComponentChildren } from 'preact'
import type { TableBlock } from '../report-model.ts'
import { ReportTable } from './report-table.tsx'
import { useWidth } from './use-zoom.ts'

interface ChartProps {
  readonly title: string
  readonly legend: ComponentChildren
  readonly table: TableBlock
  /** Draws for a width in pixels. */
  readonly children: (width: number) => ComponentChildren
}

export function Chart({ title, legend, table, children }: ChartProps) {
  const [box, width] = useWidth()
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box}>{children(width)}</div>
      {legend}
      <details>
        <summary>The same as a table</summary>
        <ReportTable table={table} />
      </details>
    </figure>
  )
}

interface AxisProps {
  readonly scale: ScaleContinuousNumeric<number, number>
  readonly ticks: readonly number[]
  readonly label: string
  /** Of the plot, in pixels. */
  readonly from: number
  readonly to: number
  readonly unit?: string
}

/** Below the plot, which ends at `to`. */
export const XAxis = ({ scale, ticks, label, from, to, unit = '' }: AxisProps) => (
  <g class="axis">
    {ticks.map(tick => (
      <g key={tick} transform={`translate(${scale(tick)} 0)`}>
        <path d={`M0 ${from}V${to + 4}`} />
        <text y={to + 18} text-anchor="middle">
          {shown(tick)}
          {unit}
        </text>
      </g>
    ))}
    <text class="title" x={scale.range()[1]} y={to + 36} text-anchor="end">
      {label} →
    </text>
  </g>
)

/** Left of the plot, which begins at `from`; the label stands above it. */
export const YAxis = ({ scale, ticks, label, from, to }: AxisProps) => (
  <g class="axis">
    {ticks.map(tick => (
      <g key={tick} transform={`translate(0 ${scale(tick)})`}>
        <path d={`M${from - 4} 0H${to}`} />
        <text x={from - 8} dy="0.32em" text-anchor="end">
          {shown(tick)}
        </text>
      </g>
    ))}
    <text class="title" x={4} y={12}>
      ↑ {label}
    </text>
  </g>
)

export const shown = (value: number): string => String(Number(value.toPrecision(6)))
