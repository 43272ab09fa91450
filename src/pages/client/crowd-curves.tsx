import { scaleLinear } from 'd3-scale'
import type { CrowdPage, CurvePage } from '../page-model.ts'
import { Chart, shown, XAxis } from './chart.tsx'

const [LEFT, RIGHT, HEIGHT, GAP, BOTTOM] = [56, 16, 46, 24, 44] as const

/** All clients of a fleet together: each curve on its own scale, all of them over the same time. */
export function CrowdCurves({ fromMs, stepMs, size, curves }: CrowdPage) {
  const title = `${size} clients together`
  const table = {
    title,
    columns: [{ label: 'from (s)', isNumber: true }, ...curves.map(({ label }) => ({ label, isNumber: true }))],
    rows: (curves[0]?.values ?? []).map((_, column) => [
      numberCell((fromMs + column * stepMs) / 1000),
      ...curves.map(({ values }) => numberCell(values[column] ?? 0)),
    ]),
  }
  return (
    <Chart title={title} legend={undefined} table={table}>
      {width => <Drawing {...{ fromMs, stepMs, curves, title, width }} />}
    </Chart>
  )
}

const numberCell = (value: number) => ({ text: shown(value), sort: value })

interface DrawingProps extends Pick<CrowdPage, 'fromMs' | 'stepMs' | 'curves'> {
  readonly title: string
  readonly width: number
}

function Drawing({ fromMs, stepMs, curves, title, width }: DrawingProps) {
  const columns = curves[0]?.values.length ?? 0
  const x = scaleLinear([fromMs / 1000, (fromMs + columns * stepMs) / 1000], [LEFT, width - RIGHT])
  const height = curves.length * (HEIGHT + GAP)
  return (
    <svg width={width} height={height + BOTTOM} role="img" aria-label={title}>
      <XAxis scale={x} ticks={x.ticks(Math.max(2, width / 90))} label="s since CONNACK" from={0} to={height} />
      {curves.map((curve, number) => (
        <g key={curve.label} transform={`translate(0 ${number * (HEIGHT + GAP) + GAP})`}>
          <Curve curve={curve} number={number} at={column => x((fromMs + column * stepMs) / 1000)} />
        </g>
      ))}
    </svg>
  )
}

function Curve({ curve, number, at }: { curve: CurvePage; number: number; at: (column: number) => number }) {
  const { label, values } = curve
  const most = Math.max(1, ...values)
  const y = (value: number) => HEIGHT - (value / most) * HEIGHT
  const steps = values.map((value, column) => `H${at(column).toFixed(1)}V${y(value).toFixed(1)}`).join('')
  return (
    <g>
      <title>{`${label}: up to ${shown(most)}`}</title>
      <path class={`curve series-${number % 8}`} d={`M${at(0)} ${HEIGHT}${steps}`} />
      <g class="axis">
        <text x={LEFT - 8} y={4} text-anchor="end">
          {shown(most)}
        </text>
        <text x={LEFT - 8} y={HEIGHT} text-anchor="end">
          0
        </text>
        <text x={LEFT + 4} y={-6}>
          {label}
        </text>
      </g>
    </g>
  )
}
