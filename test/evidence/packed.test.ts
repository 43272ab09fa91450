import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COLUMNS, Packer, type Shape, unpacked } from '../../src/evidence/packed.ts'
import type { Event } from '../../src/model/event.ts'
import { anyEvent } from './any-event.ts'

test('every event comes back as it was, whatever was packed before it', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEvent, { maxLength: 40 }), { maxLength: 4 }), batches => {
      const packer = new Packer(4)
      const shapes: Shape[] = []
      for (const batch of batches) {
        for (const event of batch) packer.add(event)
        const { rows, odd, shapes: more } = packer.take()
        shapes.push(...more)
        const back = Array.from({ length: rows.length / COLUMNS }, (_, row) => unpacked(rows, row, shapes, odd))
        expect(back).toEqual(batch)
      }
    }),
  )
})

test('events of more kinds than are kept apart come back too', () => {
  const packer = new Packer()
  const events = Array.from(
    { length: 5000 },
    (_, i): Event => ({ atMs: i, who: 'link', what: 'packet', flow: 'up', edge: 'client', packet: topic(i), conn: 1 }),
  )
  for (const event of events) packer.add(event)
  const { rows, shapes, odd } = packer.take()
  expect(shapes.length).toBeLessThan(5000)
  expect(events.map((_, row) => unpacked(rows, row, shapes, odd))).toEqual(events)
})

const topic = (i: number) => ({ cmd: 'publish', bytes: 9, topic: `t/${i}`, messageId: i }) as const
