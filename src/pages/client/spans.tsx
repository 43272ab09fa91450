import { scaleLinear, scaleLog } from 'd3-scale'
import type { SpanKind, SpanMark, SpansBlock } from '../report-model.ts'
import { Chart, XAxis } from './chart.tsx'
import { GLYPHS } from './signs.tsx'

const SHAPES: Readonly<Record<SpanKind, string>> = {
  client: GLYPHS.alive,
  broker: GLYPHS.session,
  lived: GLYPHS.alive,
  died: 'M-5-3.500-3.500-5 0-1.500 3.500-5 5-3.500 1.500 0 5 3.500 3.500 5 0 1.500-3.500 5-5 3.500-1.500 0Z',
}

/** Rows over one axis. */
export function Spans(block: SpansBlock) {
  const { title, rows, kinds } = block
  const table = {
    title,
    columns: [{ label: 'which' }, { label: 'when' }],
    rows: rows.map(({ label, words }) => [{ text: label }, { text: words }]),
  }
  const legend = (
    <ul class="legend" aria-label="Legend">
      {kinds.map(({ kind, text }) => (
        <li key={kind}>
          <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
            <path class={`span-mark ${kind}`} d={SHAPES[kind]} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  )
  return (
    <Chart title={title} legend={legend} table={table}>
      {width => <Drawing block={block} width={width} />}
    </Chart>
  )
}

const [TOP, BOTTOM, RIGHT] = [24, 44, 36]
const NARROW = 640
const CHARACTER = 6.6

function Drawing({ block, width }: { block: SpansBlock; width: number }) {
  const { title, xLabel, unit, rows, lines, isLogarithmic } = block
  const isNarrow = width < NARROW
  const longest = Math.max(...rows.map(({ label }) => label.length), 1) * CHARACTER
  const left = isNarrow ? 16 : Math.min(width * 0.4, longest + 20)
  const rowHeight = isNarrow ? 46 : 34
  const bottom = TOP + rows.length * rowHeight
  const marks = rows.flatMap(row => row.marks)
  const values = [...marks.flatMap(({ at, greatest = at }) => [at, greatest]), ...lines.map(({ at }) => at)]
  const most = Math.max(...values, 0) * 1.05 || 1
  const least = Math.min(...values.filter(value => value > 0), most)
  const x = isLogarithmic
    ? scaleLog([least / 1.15, most], [left + 8, width - RIGHT])
    : scaleLinear([0, most], [left + 8, width - RIGHT])
  const ticks = x.ticks(isNarrow ? 4 : 8)
  const every = Math.ceil(ticks.length / (isNarrow ? 5 : 12))
  return (
    <svg
      width={width}
      height={bottom + BOTTOM}
      viewBox={`0 0 ${width} ${bottom + BOTTOM}`}
      role="img"
      aria-label={`${title}: ${rows.length} rows over ${xLabel}. The same is in the table below it.`}
    >
      <XAxis
        scale={x}
        ticks={ticks.filter((_, i) => i % every === 0)}
        label={xLabel}
        from={TOP}
        to={bottom}
        unit={unit}
      />
      {lines.map(({ at, label }) => (
        <g key={label}>
          <path class="reference" d={`M${x(at)} ${TOP - 4}V${bottom}`} />
          <text class="limit-text" x={x(at)} y={TOP - 9} text-anchor="middle">
            {label}
          </text>
        </g>
      ))}
      {rows.map((row, number) => {
        const top = TOP + number * rowHeight
        const y = isNarrow ? top + 30 : top + rowHeight / 2
        return (
          <g key={row.label}>
            <path class="row-line" d={`M${left} ${y}H${width - RIGHT}`} />
            <text
              x={isNarrow ? 4 : left - 6}
              y={isNarrow ? top + 14 : y}
              dy={isNarrow ? 0 : '0.35em'}
              text-anchor={isNarrow ? 'start' : 'end'}
            >
              {row.label}
            </text>
            {row.marks.map((mark, each) => (
              <Mark key={each} mark={mark} x={x} y={y + aside(mark, row.marks)} />
            ))}
          </g>
        )
      })}
    </svg>
  )
}

/** Where both sides have ranges in one row, they lie above and below its line. */
const aside = ({ kind }: SpanMark, marks: readonly SpanMark[]): number => {
  if (!marks.some(({ least }) => least !== undefined)) return 0
  return kind === 'client' ? -6 : 6
}

const Mark = ({
  mark: { at, least, greatest, kind, title },
  x,
  y,
}: {
  mark: SpanMark
  x: (value: number) => number
  y: number
}) => (
  <g>
    <title>{title}</title>
    {least !== undefined && greatest !== undefined && (
      <path
        class={`span-range ${kind}`}
        d={`M${x(least)} ${y}H${x(greatest)}M${x(least)} ${y - 3}v6M${x(greatest)} ${y - 3}v6`}
      />
    )}
    <path class={`span-mark ${kind}`} transform={`translate(${x(at)} ${y})`} d={SHAPES[kind]} />
  </g>
)
