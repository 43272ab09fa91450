import { scaleLinear } from 'd3-scale'
import type { PointSeries, PointsBlock } from '../report-model.ts'
import { Chart, shown, XAxis, YAxis } from './chart.tsx'
import { GLYPHS } from './signs.tsx'

/** Each series has a colour and a shape; from the ninth on the shapes are hollow. */
const SHAPES = [
  GLYPHS.alive,
  GLYPHS.session,
  GLYPHS.message,
  GLYPHS.topic,
  GLYPHS.receipt,
  'M-1.500-5h3v3.500H5v3H1.500V5h-3V1.500H-5v-3h3.500Z',
  GLYPHS.data,
  'M-5-2H5V2H-5Z',
] as const

/** What a reader compares with: the ping's interval, the standard's limit for a broker, and twice the interval. */
const FACTORS = [1, 1.5, 2] as const
const [LEFT, TOP, RIGHT, BOTTOM] = [48, 26, 50, 46]
/** Ranges at one keep-alive stand side by side. */
const APART = 7

export function Points({ title, xLabel, yLabel, series }: PointsBlock) {
  const all = series.flatMap(({ points }) => points)
  const table = {
    title,
    columns: ['peer', 'K (s)', 'least (s)', 'median (s)', 'greatest (s)'].map((label, i) => ({
      label,
      isNumber: i > 0,
    })),
    rows: series.flatMap(({ label, points }) =>
      points.map(({ x, least, y, greatest }) => [
        { text: label },
        ...[x, least, y, greatest].map(value => ({ text: shown(Number(value.toFixed(3))), sort: value })),
      ]),
    ),
  }
  const legend = (
    <ul class="legend" aria-label="Legend">
      {series.map(({ label }, number) => (
        <li key={label}>
          <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
            <Glyph number={number} />
          </svg>
          {label}
        </li>
      ))}
      <li>
        <svg width="26" height="14" viewBox="0 -7 26 14" aria-hidden="true">
          <path class="reference" d="M0 0H26" />
        </svg>
        {FACTORS.map(factor => `${factor}K`).join(', ')}
      </li>
    </ul>
  )
  if (all.length === 0) return <p class="notice">{title}: no detection was measured.</p>
  return (
    <Chart title={title} legend={legend} table={table}>
      {width => <Drawing {...{ title, xLabel, yLabel, series, width }} />}
    </Chart>
  )
}

const Glyph = ({ number }: { number: number }) => (
  <path
    class={`series-${number % SHAPES.length} ${number < SHAPES.length ? 'solid' : 'hollow'}`}
    d={SHAPES[number % SHAPES.length]}
  />
)

function Drawing({ title, xLabel, yLabel, series, width }: PointsBlock & { width: number }) {
  const height = Math.round(Math.min(440, Math.max(300, width * 0.5)))
  const bottom = height - BOTTOM
  const all = series.flatMap(({ points }) => points)
  const mostX = Math.max(1, ...all.map(point => point.x)) * 1.08
  const lineEnds = series.flatMap(({ line }) => (line ? [line.factor * mostX + line.offset] : []))
  const mostY = Math.max(1, ...all.map(({ greatest }) => greatest), ...lineEnds) * 1.06
  const x = scaleLinear([0, mostX], [LEFT, width - RIGHT])
  const y = scaleLinear([0, mostY], [bottom, TOP])
  const ks = [...new Set(all.map(point => point.x))].sort((a, b) => a - b)
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${title}, for ${series.length} peers at ${ks.length} keep-alives. Its figures are in the table below it.`}
    >
      <YAxis scale={y} ticks={y.ticks(6)} label={yLabel} from={LEFT} to={width - RIGHT} />
      <XAxis scale={x} ticks={ks} label={xLabel} from={bottom} to={bottom} />
      {FACTORS.map(factor => {
        const endX = Math.min(mostX, mostY / factor)
        const isCut = endX < mostX
        return (
          <g key={factor}>
            <path class="reference" d={`M${x(0)} ${y(0)}L${x(endX)} ${y(factor * endX)}`} />
            <text
              class="limit-text"
              x={x(endX) + (isCut ? 0 : 5)}
              y={y(factor * endX) + (isCut ? -4 : 4)}
              text-anchor={isCut ? 'middle' : 'start'}
            >
              {factor}K
            </text>
          </g>
        )
      })}
      {series.map((each, number) => (
        <Series key={each.label} {...{ each, number, of: series.length, x, y, mostX, mostY }} />
      ))}
    </svg>
  )
}

interface SeriesProps {
  readonly each: PointSeries
  readonly number: number
  readonly of: number
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  readonly mostX: number
  readonly mostY: number
}

function Series({ each: { label, points, line }, number, of, x, y, mostX, mostY }: SeriesProps) {
  const aside = (number - (of - 1) / 2) * APART
  const kind = `series-${number % SHAPES.length}`
  const atZero = Math.max(0, line?.offset ?? 0)
  const endX = line && line.factor > 0 ? Math.min(mostX, (mostY - line.offset) / line.factor) : mostX
  return (
    <g>
      {line && (
        <path
          class={`fit ${kind}`}
          d={`M${x(0)} ${y(atZero)}L${x(endX)} ${y(Math.max(0, line.factor * endX + line.offset))}`}
        />
      )}
      {points.map(point => (
        <g key={point.x} transform={`translate(${x(point.x) + aside} 0)`}>
          <title>{`${label}, K = ${point.x} s: ${shown(point.y)} s (${shown(point.least)} to ${shown(point.greatest)} s)`}</title>
          <path
            class={`whisker ${kind}`}
            d={`M0 ${y(point.least)}V${y(point.greatest)}M-3 ${y(point.least)}h6M-3 ${y(point.greatest)}h6`}
          />
          <g transform={`translate(0 ${y(point.y)})`}>
            <Glyph number={number} />
          </g>
        </g>
      ))}
    </g>
  )
}
