import type { ScaleLinear } from 'd3-scale'
import type { CheckPage } from '../page-model.ts'
import type { Timeline } from './data.ts'
import { middle, type Row, type Rows } from './figures.ts'
import { GLYPHS } from './signs.tsx'

export type Scale = ScaleLinear<number, number>

export interface Frame {
  readonly x: Scale
  readonly left: number
  readonly right: number
  readonly rows: Rows
  readonly timeline: Timeline
}

export const within = ({ left, right }: Frame, x: number): number => Math.min(right, Math.max(left, x))

/** Its anchor, what was allowed, and what happened with its ±. */
export function CheckBracket({
  check,
  row,
  frame,
  chosen,
}: {
  check: CheckPage
  row: Row
  frame: Frame
  chosen: boolean
}) {
  const { x, right } = frame
  const { sinceMs, seenMs, earliestMs, latestMs, minusMs, plusMs, result } = check
  const y = middle(row)
  if (sinceMs === null) return null
  const at = (ms: number) => within(frame, x(ms))
  const [from, to] = [at(sinceMs + (earliestMs ?? 0)), latestMs === null ? right : at(sinceMs + latestMs)]
  const [top, bottom] = [y - 8, y + 8]
  return (
    <g class={`bracket ${result}${chosen ? ' chosen' : ''}`}>
      <path class="anchor" d={`M${at(sinceMs)} ${y - 4}v8M${at(sinceMs)} ${y}H${from}`} />
      {earliestMs !== null && (
        <>
          <rect class="allowed" x={from} y={top} width={Math.max(1, to - from)} height={16} />
          <path class="edges" d={`M${from + 4} ${top}H${from}V${bottom}H${from + 4}`} />
          {latestMs !== null && <path class="edges" d={`M${to - 4} ${top}H${to}V${bottom}H${to - 4}`} />}
        </>
      )}
      {seenMs === null ? (
        result !== 'pass' && <path class="missed" d={`M${to + 6} ${y - 5}l10 10m0-10l-10 10`} />
      ) : (
        <>
          <path class="doubt" d={`M${at(seenMs - minusMs)} ${y}H${at(seenMs + plusMs)}`} />
          <path
            class="seen"
            transform={`translate(${at(seenMs)} ${y})`}
            d={result === 'pass' ? GLYPHS.alive : GLYPHS.topic}
          />
        </>
      )}
    </g>
  )
}
