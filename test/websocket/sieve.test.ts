import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { Sieve, type SiftNames } from '../../src/websocket/sieve.ts'
import { StreamPlace } from '../../src/websocket/stream-place.ts'
import { newConversation, StreamReader } from '../../src/websocket/stream-reader.ts'
import { Bench } from '../link/pipe/bench.ts'
import { deflated, fragments, frame, REQUEST, RESPONSE } from './frames.ts'

const PINGREQ = generate({ cmd: 'pingreq' })
const PINGRESP = generate({ cmd: 'pingresp' })
const publish = (payload: string): Buffer =>
  generate({ cmd: 'publish', topic: 't', payload, qos: 0, dup: false, retain: false } satisfies Packet)

const wanted = (packets: readonly string[], frames: readonly string[] = []): SiftNames =>
  ({ packets: new Set(packets), frames: new Set(frames) }) as SiftNames

/** What passes a sieve, in this chunking. */
function sifted(stream: Buffer, takes: SiftNames, chunks: readonly number[], place = new StreamPlace('up')): Buffer {
  const sieve = new Sieve(place)
  const passed: Buffer[] = []
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = chunks[i % chunks.length] ?? 1
    for (const { bytes, taken } of sieve.push(stream.subarray(at, at + size), takes))
      if (taken === undefined) passed.push(bytes)
    at += size
  }
  return Buffer.concat(passed)
}

const packets = (stream: Buffer): string[] => {
  const reader = new StreamReader(newConversation(), 'up')
  const words = reader
    .push(stream)
    .map(seen => ('packet' in seen ? seen.packet.cmd : 'websocket' in seen ? seen.websocket.kind : seen.undecoded))
  expect(reader.damaged).toBe(false)
  return words
}

const chunks = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

describe('what is taken out of a WebSocket', () => {
  test('leaves a stream that can be read, whatever the chunks and fragments', () => {
    const name = fc.constantFrom('pingreq', 'publish')
    fc.assert(
      fc.property(
        fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        chunks,
        (messages, size, sizes) => {
          const bytes = (each: string) => (each === 'pingreq' ? PINGREQ : publish('x'.repeat(20)))
          const stream = Buffer.concat([
            REQUEST,
            ...messages.map(names => fragments('up', Buffer.concat(names.map(bytes)), size)),
          ])
          const passed = sifted(stream, wanted(['pingreq']), sizes)
          expect(packets(passed)).toEqual(['request', ...messages.flat().filter(each => each !== 'pingreq')])
          expect(sifted(stream, wanted(['connack']), sizes)).toEqual(stream)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('is a frame of its own where nothing else is in it, and every other byte is as it was', () => {
    const [before, after] = [frame('up', publish('a')), frame('up', publish('b'))]
    const stream = Buffer.concat([REQUEST, before, frame('up', PINGREQ), after])
    expect(sifted(stream, wanted(['pingreq']), [5])).toEqual(Buffer.concat([REQUEST, before, after]))
  })

  test('may be its own pings and pongs, between the fragments of a message too', () => {
    const [first, last] = [
      frame('up', publish('abc').subarray(0, 3), { fin: false }),
      frame('up', publish('abc').subarray(3), { opcode: 0 }),
    ]
    const stream = Buffer.concat([REQUEST, first, frame('up', Buffer.from('?'), { opcode: 9 }), last])
    expect(sifted(stream, wanted([], ['pong']), [4])).toEqual(stream)
    expect(sifted(stream, wanted([], ['ping']), [4])).toEqual(Buffer.concat([REQUEST, first, last]))
  })

  test('is never compressed: later messages refer to it', () => {
    const stream = Buffer.concat([REQUEST, frame('up', deflated(PINGREQ), { rsv1: true }), frame('up', PINGREQ)])
    expect(sifted(stream, wanted(['pingreq']), [9])).toEqual(stream)
  })

  test('is nothing of a frame that had begun before', () => {
    const inside = frame('up', publish('\xc0\x00\xc0\x00'.repeat(9)))
    const place = new StreamPlace('up')
    place.push(Buffer.concat([REQUEST, inside.subarray(0, 12)]))
    const rest = Buffer.concat([inside.subarray(12), frame('up', PINGREQ), frame('up', publish('c'))])
    const passed = sifted(rest, wanted(['pingreq', 'publish']), [3], place.clone())
    expect(passed).toEqual(inside.subarray(12))
  })
})

describe('swallow on a WebSocket', () => {
  test('proves itself, keeps a half frame back, and lets it go when the connection ends', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    client.send(REQUEST)
    broker.send(RESPONSE)
    bench.add('swallow', { packets: ['pingresp'], frames: ['ping'] })
    broker.send(frame('down', PINGRESP))
    broker.send(frame('down', Buffer.alloc(0), { opcode: 9 }))
    const half = frame('down', publish('half')).subarray(0, 6)
    broker.send(half)
    broker.end()
    expect(bench.marks).toEqual(['fault-touched swallow#0'])
    expect(client.got.at(-2)).toContain(half.toString('latin1'))
    expect(client.got.at(-1)).toContain('fin')
    expect(bench.seen.filter(line => line.includes('client')).join('\n')).not.toContain('pingresp')
  })
})
