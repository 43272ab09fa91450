import type { ScaleLinear } from 'd3-scale'
import type { CheckPage, FaultPage } from '../page-model.ts'
import type { Timeline } from './data.ts'
import { halfOpenOf, type Life, middle, type Row, type Rows } from './figures.ts'
import { inView } from './scene.ts'
import { GLYPHS } from './signs.tsx'
import { duration, familyOf } from './words.ts'

export type Scale = ScaleLinear<number, number>

export interface Frame {
  readonly x: Scale
  readonly left: number
  readonly right: number
  readonly rows: Rows
  readonly timeline: Timeline
}

const within = ({ left, right }: Frame, x: number): number => Math.min(right, Math.max(left, x))

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

/** The fault as a band: from when it was asked for, and from when it held. */
export function FaultBands({ frame }: { frame: Frame }) {
  const { x, left, right, rows, timeline } = frame
  const spanOfFault = ({ askedMs, heldMs, untilMs }: FaultPage) => ({
    fromMs: Math.min(askedMs, heldMs),
    toMs: Math.max(heldMs, untilMs),
    lane: 0,
  })
  const [first, last] = [rows.lanes[0], rows.lanes.at(-1)]
  if (!first || !last) return null
  const bottom = last.broker.y + last.broker.height
  const { fault } = rows
  let labelledTo = Number.NEGATIVE_INFINITY
  return (
    <g class="faults">
      {inView(timeline.faults, spanOfFault, x, [left, right]).map(
        ({ fault: name, askedMs, heldMs, liftedMs, untilMs }, number) => {
          const [asked, from, to] = [askedMs, heldMs, untilMs].map(ms => within(frame, x(ms))) as [
            number,
            number,
            number,
          ]
          const isLabelled = from > labelledTo && to > from
          if (isLabelled) labelledTo = from + name.length * 7 + 24
          return (
            <g key={number}>
              {from - asked > 1 && from - asked < 400 && (
                <rect class="asked" x={asked} y={fault.y + 4} width={from - asked} height={bottom - fault.y - 4} />
              )}
              <rect
                class="band"
                x={from}
                y={fault.y + 4}
                width={Math.max(1.5, to - from)}
                height={bottom - fault.y - 4}
              />
              {to - from > 4 && <path class="begin" d={`M${from} ${fault.y + 4}V${bottom}`} />}
              {isLabelled && (
                <text class="name" x={from + 6} y={fault.y + 18}>
                  {name.replace(/#\d+$/, '')}
                  {to - from > 220
                    ? ` held ${liftedMs === null && untilMs >= timeline.toMs ? 'to the end' : `for ${duration(untilMs - heldMs)}`}`
                    : ''}
                </text>
              )}
            </g>
          )
        },
      )}
    </g>
  )
}

/** How long each side believed in the connection, and for how long only one of them did. */
export function LifeBars({ life, frame }: { life: Life; frame: Frame }) {
  const { x, rows } = frame
  const lane = rows.lanes[life.lane]
  if (!lane) return null
  const halfOpen = halfOpenOf(life)
  const bar = (span: readonly [number, number] | undefined, row: Row) => {
    if (!span) return null
    const [from, to] = [within(frame, x(span[0])), within(frame, x(span[1]))]
    return to <= from ? null : (
      <rect class="life" x={from} y={row.y + 3} width={Math.max(1, to - from)} height={row.height - 6} rx={4} />
    )
  }
  const open = halfOpen?.map(ms => within(frame, x(ms))) as [number, number] | undefined
  const width = open ? open[1] - open[0] : 0
  return (
    <g class="lives">
      {open && width > 1 && (
        <>
          <rect class="half-open" x={open[0]} y={lane.link.y} width={width} height={lane.link.height} />
          {width > 120 && halfOpen && (
            <text
              class="half-open-text"
              x={(open[0] + open[1]) / 2}
              y={lane.link.y + lane.link.height - 6}
              text-anchor="middle"
            >
              half-open {duration(halfOpen[1] - halfOpen[0])}
            </text>
          )}
        </>
      )}
      {bar(life.client, lane.client)}
      {bar(life.broker, lane.broker)}
    </g>
  )
}

/** A packet's way: through, held and then through, or to where the path is dead. */
export function Way({
  passage,
  lane,
  frame,
  until,
}: {
  passage: readonly [number, number]
  lane: number
  frame: Frame
  until: number
}) {
  const { x, rows, timeline } = frame
  const [entered, left] = [timeline.events[passage[0]], timeline.events[passage[1]]]
  const at = rows.lanes[lane]
  if (!entered || !at || (entered.what !== 'packet' && entered.what !== 'data')) return null
  const isUp = entered.flow === 'up'
  const { y: top, height } = at.link
  const bottom = top + height
  const [start, end] = isUp ? [top, bottom] : [bottom, top]
  const turn = isUp ? top + height * 0.3 : bottom - height * 0.3
  const [from, family] = [x(entered.atMs), familyOf(entered)]
  if (!left) {
    const to = Math.min(from + TRAIL, Math.max(from, x(until)))
    return (
      <g class={`way dead ${family}`}>
        <path d={`M${from} ${start}V${turn}`} />
        <path class="lost" d={`M${from} ${turn}H${to}`} />
        <path class="stop" d={`M${from - 4} ${turn - 4}l8 8m0-8l-8 8`} />
      </g>
    )
  }
  const to = x(left.atMs)
  const head = isUp ? -5 : 5
  const arrow = <path class="head" d={`M${to - 3} ${end + head}L${to} ${end}L${to + 3} ${end + head}`} />
  if (left.atMs - entered.atMs > HELD_MS && to - from > 8)
    return (
      <g class={`way held ${family}`}>
        <path d={`M${from} ${start}V${turn}M${to} ${turn}V${end}`} />
        <rect class="bar" x={from} y={turn - 3} width={to - from} height={6} rx={3} />
        {arrow}
      </g>
    )
  return (
    <g class={`way ${family}`}>
      <path d={`M${from} ${start}L${to} ${end}`} />
      {arrow}
    </g>
  )
}

/** How far what never arrived is followed, in pixels. */
const TRAIL = 18

/** What is on its way for longer was held: by a delay of the link, or by a fault. */
const HELD_MS = 25
