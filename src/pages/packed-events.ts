/** Events as a page holds them: in columns, which compress well. The page's script unpacks them by the same code. */
import { COLUMNS, Packer, type Shape, unpacked } from '../evidence/packed.ts'
import type { Event } from '../model/event.ts'
import type { PackedEvents } from './page-model.ts'

const US = 1000
/** As evidence/packed.ts orders them. */
const [AT, LATE, CONN, DEVICE, ID, BYTES, SHAPE] = [0, 1, 2, 3, 4, 5, 6] as const

export function packEvents(events: readonly Event[]): PackedEvents {
  const packer = new Packer(Math.max(1, events.length))
  for (const event of events) packer.add(event)
  const { rows, shapes, odd } = packer.take()
  const column = (number: number): (number | null)[] =>
    events.map((_, row) => {
      const value = rows[row * COLUMNS + number] ?? Number.NaN
      return Number.isNaN(value) ? null : value
    })
  const micros = (number: number) => column(number).map(ms => (ms === null ? null : Math.round(ms * US)))
  const dates = micros(AT).map(us => us ?? 0)
  return {
    at: dates.map((us, row) => us - (dates[row - 1] ?? 0)),
    late: micros(LATE),
    conn: column(CONN),
    device: column(DEVICE),
    id: column(ID),
    bytes: column(BYTES),
    shape: column(SHAPE).map(shape => shape ?? 0),
    shapes,
    odd,
  }
}

export function unpackEvents(packed: PackedEvents): Event[] {
  const rows = new Float64Array(packed.at.length * COLUMNS)
  const shapes: readonly Shape[] = packed.shapes
  let us = 0
  packed.at.forEach((delta, row) => {
    us += delta
    const from = row * COLUMNS
    const late = packed.late[row] ?? null
    rows[from + AT] = us / US
    rows[from + LATE] = late === null ? Number.NaN : late / US
    rows[from + CONN] = packed.conn[row] ?? Number.NaN
    rows[from + DEVICE] = packed.device[row] ?? Number.NaN
    rows[from + ID] = packed.id[row] ?? Number.NaN
    rows[from + BYTES] = packed.bytes[row] ?? Number.NaN
    rows[from + SHAPE] = packed.shape[row] ?? 0
  })
  return packed.at.map((_, row) => unpacked(rows, row, shapes, packed.odd))
}
