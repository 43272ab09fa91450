/** What lasts, behind the marks: thousands of bars are a few paths, so that they move as one. */
import type { FaultPage } from '../page-model.ts'
import { type Frame, within } from './drawing.tsx'
import { type ConnectionLife, halfOpenOf, type Row } from './figures.ts'
import { inView } from './page-scene.ts'
import { duration } from './page-words.ts'

const box = (from: number, to: number, y: number, height: number): string =>
  `M${from.toFixed(1)} ${y}H${to.toFixed(1)}v${height}H${from.toFixed(1)}Z`

/** Faults: hatched from when one was asked for, a band from when it held. */
export function FaultBands({ frame }: { frame: Frame }) {
  const { x, left, right, rows, timeline } = frame
  const last = rows.lanes.at(-1)
  if (!last) return null
  const top = rows.fault.y + 4
  const height = last.broker.y + last.broker.height - top
  let [asked, bands, begins] = ['', '', '']
  const names: { readonly x: number; readonly text: string }[] = []
  let namedTo = Number.NEGATIVE_INFINITY
  for (const each of inView(timeline.faults, spanOfFault, x, [left, right])) {
    const [first, from, to] = [each.askedMs, each.heldMs, each.untilMs].map(ms => within(frame, x(ms))) as [
      number,
      number,
      number,
    ]
    if (from - first > 1 && from - first < 400) asked += box(first, from, top, height)
    bands += box(from, Math.max(from + 1.5, to), top, height)
    if (to - from > 4) begins += `M${from.toFixed(1)} ${top}v${height}`
    if (from <= namedTo || to <= from) continue
    const text = nameOf(each, to - from > 220, timeline.toMs)
    names.push({ x: from + 6, text })
    namedTo = from + text.length * 7 + 12
  }
  return (
    <g class="faults">
      <path class="asked" d={asked} />
      <path class="band" d={bands} />
      <path class="begin" d={begins} />
      {names.map(({ x: at, text }) => (
        <text key={at} class="name" x={at} y={rows.fault.y + 18}>
          {text}
        </text>
      ))}
    </g>
  )
}

const spanOfFault = ({ askedMs, heldMs, untilMs }: FaultPage) => ({
  fromMs: Math.min(askedMs, heldMs),
  toMs: Math.max(heldMs, untilMs),
  lane: 0,
})

function nameOf({ fault, heldMs, liftedMs, untilMs }: FaultPage, isWide: boolean, endMs: number): string {
  const name = fault.replace(/#\d+$/, '')
  if (!isWide) return name
  return `${name} held ${liftedMs === null && untilMs >= endMs ? 'to the end' : `for ${duration(untilMs - heldMs)}`}`
}

/** How long each side believed in each connection, and for how long only one of them did. */
export function LifeBars({ lives, frame }: { lives: readonly ConnectionLife[]; frame: Frame }) {
  const { x, left, right, rows } = frame
  let [bars, open] = ['', '']
  const words: { readonly x: number; readonly y: number; readonly text: string }[] = []
  const bar = (span: readonly [number, number] | undefined, row: Row): string => {
    const [from, to] = span?.map(ms => within(frame, x(ms))) ?? []
    if (from === undefined || to === undefined || to <= from) return ''
    return box(from, Math.max(from + 1, to), row.y + 3, row.height - 6)
  }
  for (const life of inView(lives, spanOfLife, x, [left, right])) {
    const lane = rows.lanes[life.lane]
    if (!lane) continue
    bars += bar(life.client, lane.client) + bar(life.broker, lane.broker)
    const halfOpen = halfOpenOf(life)
    const [from, to] = halfOpen?.map(ms => within(frame, x(ms))) ?? []
    if (!halfOpen || from === undefined || to === undefined || to - from <= 1) continue
    open += box(from, to, lane.link.y, lane.link.height)
    if (to - from > 120)
      words.push({
        x: (from + to) / 2,
        y: lane.link.y + lane.link.height - 6,
        text: `half-open ${duration(halfOpen[1] - halfOpen[0])}`,
      })
  }
  return (
    <g class="lives">
      <path class="half-open" d={open} />
      {words.map(({ x: at, y, text }) => (
        <text key={`${at} ${y}`} class="half-open-text" x={at} y={y} text-anchor="middle">
          {text}
        </text>
      ))}
      <path class="life" d={bars} />
    </g>
  )
}

const spanOfLife = ({ client, broker, lane }: ConnectionLife) => ({
  fromMs: Math.min(client?.[0] ?? Infinity, broker?.[0] ?? Infinity),
  toMs: Math.max(client?.[1] ?? 0, broker?.[1] ?? 0),
  lane,
})

/** When a thread or process did not run although there was work for it: in the row of whom it concerns. */
export function Standstills({ frame }: { frame: Frame }) {
  const { x, left, right, rows, timeline } = frame
  const rowsFor = (of: string): readonly Row[] => {
    if (of === 'client') return [rows.application]
    if (of === 'broker') return [rows.broker]
    if (of === 'witness') return [rows.witness]
    return of === 'link' ? rows.lanes.map(({ link }) => link) : [rows.machine]
  }
  const parties = [...new Set(timeline.standstills.map(({ of }) => of))]
  const shades = parties.map(party => {
    const own = timeline.standstills.filter(({ of }) => of === party)
    const shown = inView(own, each => ({ ...each, lane: 0 }), x, [left, right])
    const boxes = shown.flatMap(({ fromMs, toMs }) =>
      rowsFor(party).map(({ y, height }) => box(x(fromMs), Math.max(x(fromMs) + 2, x(toMs)), y + 3, height - 6)),
    )
    return boxes.join('')
  })
  return <path class="standstill" d={shades.join('')} />
}
