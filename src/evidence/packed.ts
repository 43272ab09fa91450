/**
 * Events as rows of numbers. A storm is a few kinds of event, again and again: what two of them have in common (their *shape*) is kept
 * once, and each is a row of its dates, its places and its numbers. So an event takes 56 bytes on its way from one process to another
 * and on the disk, and none of them is an object meanwhile. What carries a text of its own is *odd* and goes along as it is.
 */
import type { Event } from '../model/event.ts'

/** Numbers of one row: atMs, lateMs, conn, device, messageId or seq, bytes, and which shape. `NaN`: there is none. */
export const COLUMNS = 7
const [AT, LATE, CONN, DEVICE, ID, BYTES, SHAPE] = [0, 1, 2, 3, 4, 5, 6] as const

/** More kinds than that are no storm: what comes then is odd. */
const MOST_SHAPES = 4096

type Fields = Readonly<Record<string, unknown>>

/** What an event is apart from its row. */
export interface Shape {
  readonly body: Fields
  /** Of a packet. */
  readonly packet?: Fields
  /** Events that were made of it, by which numbers they have: what the next one is copied from. */
  models?: Event[]
}

/** Packed events, in the order in which they were added. `shapes` are those that no earlier pack of the same packer held. */
export interface Pack {
  readonly rows: Float64Array
  readonly shapes: readonly Shape[]
  readonly odd: readonly unknown[]
}

interface Dated {
  readonly atMs: number
}

interface Rows {
  readonly rows: Float64Array
  readonly odd: unknown[]
}

/** Packs any event that has a date. Every pack needs the shapes of those before it. */
export class Packer {
  readonly #known = new Map<string, number>()
  #rows: Float64Array
  #shapes: Shape[] = []
  #odd: unknown[] = []
  #count = 0

  constructor(room = 256) {
    this.#rows = new Float64Array(room * COLUMNS)
  }

  /** How many events the next pack will hold. */
  get count(): number {
    return this.#count
  }

  /** The shapes since the last pack. */
  get shapes(): readonly Shape[] {
    return this.#shapes
  }

  add(event: Dated): void {
    if (this.#count * COLUMNS === this.#rows.length) this.#grow()
    this.put(event, { rows: this.#rows, odd: this.#odd }, this.#count)
    this.#count++
  }

  /** Into a row of somebody else's, which is in no pack. */
  put(event: Dated, { rows, odd }: Rows, row: number): void {
    const from = row * COLUMNS
    const { atMs, lateMs, conn, device, ...body } = event as Fields & Dated
    rows[from + AT] = atMs
    rows[from + LATE] = numberOr(lateMs)
    rows[from + CONN] = numberOr(conn)
    rows[from + DEVICE] = numberOr(device)
    rows[from + ID] = Number.NaN
    rows[from + BYTES] = Number.NaN
    const number = 'note' in body || 'forMs' in body ? undefined : this.#shaped(body, rows, from)
    rows[from + SHAPE] = number ?? -odd.push(body)
  }

  /** What was added since the last call. */
  take(): Pack {
    const pack = { rows: this.#rows.slice(0, this.#count * COLUMNS), shapes: this.#shapes, odd: this.#odd }
    this.#count = 0
    this.#shapes = []
    this.#odd = []
    return pack
  }

  /** The number of its shape; `undefined` where there is no room for another. */
  #shaped(body: Fields, rows: Float64Array, from: number): number | undefined {
    const { packet } = body
    if (typeof packet === 'object' && packet !== null) {
      const { messageId, bytes, ...summary } = packet as Fields
      const number = this.#shape(`${body.flow} ${body.edge} ${JSON.stringify(summary)}`, { body, packet: summary })
      if (number === undefined) return undefined
      rows[from + ID] = numberOr(messageId)
      rows[from + BYTES] = numberOr(bytes)
      return number
    }
    const { seq, bytes, ...rest } = body
    const number = this.#shape(JSON.stringify(rest), { body: rest })
    if (number === undefined) return undefined
    rows[from + ID] = numberOr(seq)
    rows[from + BYTES] = numberOr(bytes)
    return number
  }

  /** Its number; `undefined` where there is no room for another. */
  #shape(key: string, { body, packet }: Shape): number | undefined {
    const known = this.#known.get(key)
    if (known !== undefined || this.#known.size === MOST_SHAPES) return known
    const number = this.#known.size
    this.#known.set(key, number)
    const { packet: _own, ...rest } = body
    this.#shapes.push(packet ? { body: rest, packet } : { body: rest })
    return number
  }

  #grow(): void {
    const rows = new Float64Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
  }
}

const numberOr = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)

/** When the event of this row happened. */
export const dateOf = (rows: Float64Array, row: number): number => rows[row * COLUMNS + AT] ?? Number.NaN

/**
 * The event of this row. `shapes`: those of all packs up to this one, in order. It is copied from an earlier one that has the same keys,
 * and has that one's packet where they are equal: of a storm there are very many, and what grows key by key takes twice the memory.
 */
export function unpacked(rows: Float64Array, row: number, shapes: readonly Shape[], odd: readonly unknown[]): Event {
  const from = row * COLUMNS
  const number = rows[from + SHAPE] ?? 0
  if (number < 0) return grown(rows, from, { body: odd[-number - 1] as Fields }, true)
  const shape = shapes[number] as Shape
  const keys = KEYED.reduce((mask, column, bit) => (isNumber(rows[from + column]) ? mask | (1 << bit) : mask), 0)
  shape.models ??= []
  const model = shape.models[keys]
  if (!model) {
    const first = grown(rows, from, shape, false)
    shape.models[keys] = first
    return first
  }
  const event = { ...model, atMs: rows[from + AT] } as Record<string, unknown>
  const { packet } = shape
  if (packet) {
    const [bytes = Number.NaN, id = Number.NaN] = [rows[from + BYTES], rows[from + ID]]
    const known = event.packet as Fields
    const isSame = Object.is(known.bytes, bytes) && (!isNumber(id) || known.messageId === id)
    if (!isSame) event.packet = withNumbers(packet, bytes, id)
  } else {
    put(event, 'bytes', rows[from + BYTES])
    put(event, 'seq', rows[from + ID])
  }
  putRest(event, rows, from)
  return event as unknown as Event
}

const KEYED = [BYTES, ID, LATE, CONN, DEVICE] as const
const isNumber = (value: number | undefined): boolean => value !== undefined && !Number.isNaN(value)

function grown(rows: Float64Array, from: number, { body, packet }: Shape, isOdd: boolean): Event {
  const event: Record<string, unknown> = { atMs: rows[from + AT] }
  Object.assign(event, body)
  const [bytes = Number.NaN, id = Number.NaN] = [rows[from + BYTES], rows[from + ID]]
  if (packet) event.packet = withNumbers(packet, bytes, id)
  else if (!isOdd) {
    put(event, 'bytes', bytes)
    put(event, 'seq', id)
  }
  putRest(event, rows, from)
  return event as unknown as Event
}

function putRest(event: Record<string, unknown>, rows: Float64Array, from: number): void {
  put(event, 'lateMs', rows[from + LATE])
  put(event, 'conn', rows[from + CONN])
  put(event, 'device', rows[from + DEVICE])
}

function withNumbers(packet: Fields, bytes: number, id: number): Fields {
  const { cmd, ...rest } = packet
  return Number.isNaN(id) ? { cmd, bytes, ...rest } : { cmd, bytes, messageId: id, ...rest }
}

function put(event: Record<string, unknown>, name: string, value: number | undefined): void {
  if (value !== undefined && !Number.isNaN(value)) event[name] = value
}
