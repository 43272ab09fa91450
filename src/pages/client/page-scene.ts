import { heldFromMs } from '../../evidence/passages.ts'
import { type Event, isPassing } from '../../model/event.ts'
import type { Timeline } from './data.ts'
import type { Scale } from './drawing.tsx'
import { type ConnectionLife, clustered, firstFrom, isOf, middle, type Rows } from './figures.ts'

/** Marks and ways of what is in view, thinned to what the eye can tell apart. */
export interface PageScene {
  readonly marks: readonly { readonly x: number; readonly y: number; readonly members: readonly number[] }[]
  readonly ways: readonly {
    readonly passage: readonly [number, number]
    readonly lane: number
    readonly until: number
  }[]
}

/** Everything that can be chosen, in order of time. */
export const choosable = ({ events }: Timeline, device: number): readonly number[] =>
  events.flatMap((event, number) => (isOf(event, device) && placed(event) ? [number] : []))

const placed = (event: Event): boolean => event.who !== 'harness'

interface Span {
  readonly fromMs: number
  readonly toMs: number
  /** Only what lies in the same lane can hide another. */
  readonly lane: number
}

/** Nearer than that, in pixels, bars are one. */
const NEAR = 3

/** Of bars that would lie on each other the first. */
export function inView<T>(
  items: readonly T[],
  spanOf: (item: T) => Span,
  x: Scale,
  [left, right]: readonly [number, number],
): readonly T[] {
  const drawnTo = new Map<number, number>()
  return items.filter(item => {
    const { fromMs, toMs, lane } = spanOf(item)
    const [from, to] = [x(fromMs), x(toMs)]
    if (to < left || from > right || to < (drawnTo.get(lane) ?? Number.NEGATIVE_INFINITY) + NEAR) return false
    drawnTo.set(lane, to)
    return true
  })
}

type At = ReadonlyMap<number, ConnectionLife>

export function sceneOf(
  timeline: Timeline,
  rows: Rows,
  x: Scale,
  range: readonly [left: number, right: number],
  shown: readonly number[],
  lives: At,
): PageScene {
  const { events } = timeline
  const atMs = (index: number) => events[shown[index] ?? 0]?.atMs ?? 0
  const [fromMs, toMs] = [x.invert(range[0] - 12), x.invert(range[1] + 12)]
  const byRow = new Map<number, { x: number; number: number }[]>()
  for (let i = firstFrom(shown.length, atMs, fromMs); i < shown.length && atMs(i) <= toMs; i++) {
    const number = shown[i] ?? 0
    const event = events[number]
    if (!event) continue
    const y = heightOf(event, rows, lives)
    const items = byRow.get(y)
    const item = { x: x(event.atMs), number }
    if (items) items.push(item)
    else byRow.set(y, [item])
  }
  const marks = [...byRow].flatMap(([y, items]) => clustered(items).map(({ x, members }) => ({ x, y, members })))
  return { marks, ways: waysOf(timeline, x, [fromMs, toMs], lives) }
}

function heightOf(event: Event, rows: Rows, lives: At): number {
  if (event.who === 'client') return middle(rows.application)
  if (event.who === 'broker') return middle(rows.broker)
  if (event.who === 'witness') return middle(rows.witness)
  const lane = rows.lanes[lives.get(event.conn ?? 1)?.lane ?? 0] ?? rows.lanes[0]
  if (!lane || !('edge' in event)) return middle(rows.machine)
  return middle(event.edge === 'client' ? lane.client : lane.broker)
}

/** Of the ways that begin at one place one of each kind is drawn: one that got nowhere is never hidden by one that did. */
function waysOf(
  { events, passages, toMs: endMs, resolutionMs }: Timeline,
  x: Scale,
  [fromMs, toMs]: readonly [number, number],
  lives: At,
): PageScene['ways'] {
  const ways: PageScene['ways'][number][] = []
  const drawn = new Set<string>()
  for (const passage of passages) {
    const [entered, left] = [events[passage[0]], events[passage[1]]]
    if (!entered || !isPassing(entered)) continue
    const life = lives.get(entered.conn ?? 1)
    if (!life) continue
    const until = left?.atMs ?? (entered.flow === 'up' ? life.client : life.broker)?.[1] ?? endMs
    if (until < fromMs || entered.atMs > toMs) continue
    const kind = left ? (left.atMs - entered.atMs > heldFromMs(resolutionMs) ? 'held' : 'through') : 'dead'
    const key = `${life.lane} ${entered.flow} ${kind} ${Math.floor(x(entered.atMs) / 8)}`
    if (drawn.has(key)) continue
    drawn.add(key)
    ways.push({ passage, lane: life.lane, until })
  }
  return ways
}
