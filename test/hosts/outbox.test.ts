import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COLUMNS, type Shape, unpacked } from '../../src/evidence/packed.ts'
import { HostOutbox } from '../../src/hosts/outbox.ts'
import type { Posted } from '../../src/hosts/part.ts'
import type { Event } from '../../src/model/event.ts'

/** The other process: takes what it is sent when it is told to. */
class Other {
  readonly events = new Map<number, Event[]>()
  readonly #shapes = new Map<number, Shape[]>()
  readonly #untaken: (() => void)[] = []
  most = 0

  send = (batch: readonly Posted[], taken: () => void): void => {
    for (const [channel, { rows, shapes, odd }] of batch) {
      const known = this.#shapes.get(channel) ?? []
      this.#shapes.set(channel, known)
      known.push(...shapes)
      const own = this.events.get(channel) ?? []
      this.events.set(channel, own)
      for (let row = 0; row * COLUMNS < rows.length; row++) own.push(unpacked(rows, row, known, odd))
    }
    this.#untaken.push(taken)
    this.most = Math.max(this.most, this.#untaken.length)
  }

  take(): void {
    for (const taken of this.#untaken.splice(0)) taken()
  }
}

const ping = (atMs: number) =>
  ({ who: 'link', what: 'packet', flow: 'up', edge: 'client', packet: { cmd: 'pingreq', bytes: 2 }, atMs }) as const

test('everything arrives, in order, on its own channel, as fast as it is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(1, 2), fc.boolean(), fc.boolean())), steps => {
      const other = new Other()
      const outbox = new HostOutbox({ send: other.send, packed: 3, waiting: 1000 })
      const given = new Map<number, number[]>([
        [1, []],
        [2, []],
      ])
      for (const [i, [channel, flushes, takes]] of steps.entries()) {
        outbox.add(channel, ping(i))
        given.get(channel)?.push(i)
        if (flushes) outbox.flush()
        if (takes) other.take()
      }
      outbox.flushAll()
      for (const [channel, dates] of given) {
        expect((other.events.get(channel) ?? []).map(({ atMs }) => atMs)).toEqual(dates)
      }
      expect(outbox.isEmpty).toBe(true)
    }),
  )
})

test('what the other process does not take waits, up to a bound; what is lost is counted, and told', () => {
  const other = new Other()
  const outbox = new HostOutbox({ send: other.send, packed: 10, waiting: 5 })
  for (let i = 0; i < 1000; i++) outbox.add(7, ping(i))
  outbox.flush()
  expect(other.most).toBe(8)
  for (let i = 0; i < 100; i++) other.take()
  outbox.flushAll()
  const events = other.events.get(7) ?? []
  const notes = events.flatMap(event => (event.what === 'trouble' ? [event.note] : []))
  const lost = notes.reduce((sum, note) => sum + Number.parseInt(note ?? '', 10), 0)
  expect(
    notes.every(note => /^\d+ events came faster than they could be recorded, and are lost$/.test(note ?? '')),
  ).toBe(true)
  expect(lost).toBe(1000 - (events.length - notes.length))
  expect(lost).toBeGreaterThan(500)
  outbox.add(7, ping(1000))
  outbox.flushAll()
  expect(other.events.get(7)?.at(-1)?.atMs).toBe(1000)
})
