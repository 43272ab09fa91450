/** Where everything of a timeline lies, apart from the time: pure. */
import type { Event } from '../../model/event.ts'
import type { Timeline } from './data.ts'

/** One connection, as long as either side believed in it. */
export interface ConnectionLife {
  readonly conn: number
  readonly lane: number
  readonly client: readonly [fromMs: number, toMs: number] | undefined
  readonly broker: readonly [fromMs: number, toMs: number] | undefined
  /** How many of its ends were seen: a side that saw none believes in it to the end. */
  readonly ended: { readonly client: boolean; readonly broker: boolean }
}

/** Lanes that are drawn; what would need more shares the last one. */
const MOST_LANES = 4

type Edge = Event & { readonly who: 'link' }

export function livesOf(timeline: Timeline, device: number): readonly ConnectionLife[] {
  const byConn = new Map<number, Edge[]>()
  for (const event of timeline.events) {
    if (event.who !== 'link' || !isOf(event, device)) continue
    const conn = event.conn ?? 1
    const known = byConn.get(conn)
    if (known) known.push(event)
    else byConn.set(conn, [event])
  }
  const ends: number[] = []
  return [...byConn].map(([conn, events]) => {
    const span = (edge: 'client' | 'broker') => spanOf(events, edge, timeline.toMs)
    const [client, broker] = [span('client'), span('broker')]
    const fromMs = Math.min(client?.[0] ?? Infinity, broker?.[0] ?? Infinity)
    const free = ends.findIndex(endMs => endMs <= fromMs)
    const lane = free >= 0 ? free : Math.min(ends.length, MOST_LANES - 1)
    ends[lane] = Math.max(client?.[1] ?? 0, broker?.[1] ?? 0)
    const ended = (edge: string) => events.some(event => isEnd(event) && event.edge === edge)
    return { conn, lane, client, broker, ended: { client: ended('client'), broker: ended('broker') } }
  })
}

function spanOf(events: readonly Edge[], edge: string, toMs: number): readonly [number, number] | undefined {
  const own = events.filter(event => event.edge === edge)
  const opened = own[0]
  if (!opened) return undefined
  return [opened.atMs, own.find(isEnd)?.atMs ?? toMs]
}

const isEnd = ({ what }: Edge): boolean => what === 'fin' || what === 'rst'

/** Of a fleet only one device is drawn at a time. */
export const isOf = (event: Event, device: number): boolean => event.device === undefined || event.device === device

/** When one side had lost it and the other had not noticed. */
export function halfOpenOf({ client, broker }: ConnectionLife): readonly [number, number] | undefined {
  if (!client || !broker) return undefined
  const [fromMs, toMs] = [Math.min(client[1], broker[1]), Math.max(client[1], broker[1])]
  return toMs - fromMs > 0.5 ? [fromMs, toMs] : undefined
}

export interface Row {
  readonly y: number
  readonly height: number
}

/** Heights from the top, in pixels. */
export interface Rows {
  readonly axis: Row
  readonly checks: readonly Row[]
  readonly fault: Row
  readonly application: Row
  readonly lanes: readonly { readonly client: Row; readonly link: Row; readonly broker: Row }[]
  readonly broker: Row
  readonly witness: Row
  readonly machine: Row
  readonly height: number
}

export function rowsOf(checks: number, lanes: number): Rows {
  let y = 0
  const row = (height: number): Row => {
    const made = { y, height }
    y += height
    return made
  }
  const gap = (height: number) => {
    y += height
  }
  const axis = row(30)
  const checkRows = Array.from({ length: checks }, () => row(30))
  gap(checks > 0 ? 6 : 0)
  const fault = row(24)
  const application = row(28)
  const laneRows = Array.from({ length: Math.max(1, lanes) }, (_, number) => {
    if (number > 0) gap(10)
    return { client: row(22), link: row(lanes > 1 ? 54 : 76), broker: row(22) }
  })
  const [broker, witness, machine] = [row(28), row(26), row(20)]
  return { axis, checks: checkRows, fault, application, lanes: laneRows, broker, witness, machine, height: y + 4 }
}

export const middle = ({ y, height }: Row): number => y + height / 2

export interface MarkCluster {
  readonly x: number
  /** Numbers of events, in order of time. */
  readonly members: readonly number[]
}

/** How wide a mark is: one alone, or the number of those that stand too close to be told apart. */
const widthOf = (count: number): number => (count > 99 ? 28 : count > 9 ? 21 : count > 1 ? 15 : 9)

/** Marks that would cover each other are one, with their number. `items` are in order of `x`. */
export function clustered(items: readonly { readonly x: number; readonly number: number }[]): readonly MarkCluster[] {
  const found: { x: number; members: number[] }[] = []
  for (const { x, number } of items) {
    const last = found.at(-1)
    if (last && x - last.x < widthOf(last.members.length)) last.members.push(number)
    else found.push({ x, members: [number] })
  }
  return found
}

/** The first of what is in order of time that is not before `atMs`. */
export function firstFrom(count: number, dateOf: (index: number) => number, atMs: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const half = (low + high) >> 1
    if (dateOf(half) < atMs) low = half + 1
    else high = half
  }
  return low
}
