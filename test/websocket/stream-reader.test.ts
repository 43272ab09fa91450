import fc from 'fast-check'
import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import * as ws from 'ws'
import type { Flow } from '../../src/model/flow.ts'
import { newConversation, type Seen, StreamReader } from '../../src/websocket/stream-reader.ts'
import { deflated, fragments, frame, inOneContext, REQUEST, RESPONSE, sink } from './frames.ts'

const CONNECT = generate({
  cmd: 'connect',
  clientId: 'lamp',
  keepalive: 5,
  protocolId: 'MQTT',
  protocolVersion: 4,
} as Packet)
const PINGREQ = generate({ cmd: 'pingreq' })
const PINGRESP = generate({ cmd: 'pingresp' })
const publish = (payload: string): Buffer =>
  generate({ cmd: 'publish', topic: 't', payload, qos: 0, dup: false, retain: false } satisfies Packet)

interface WsSender {
  send(data: Buffer, options: object, done: () => void): void
  ping(data: Buffer, mask: boolean): void
  close(code: number, reason: Buffer, mask: boolean, done: () => void): void
}

/** In short: packets by name, frames by kind, what can't be read in words. */
const short = (seen: Seen): string =>
  'packet' in seen ? seen.packet.cmd : 'websocket' in seen ? seen.websocket.kind : `? ${seen.undecoded}`

function read(flow: Flow, stream: Buffer, sizes: readonly number[] = [stream.length], damaged = false) {
  const reader = new StreamReader({ ...newConversation(), isWebSocket: flow === 'down' }, flow)
  const seen: Seen[] = []
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    // A link reads into the same buffer again.
    const chunk = Buffer.from(stream.subarray(at, at + size))
    seen.push(...reader.push(chunk))
    chunk.fill(0xff)
    at += size
  }
  expect(reader.damaged).toBe(damaged)
  return { seen, words: seen.map(short), reader }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

describe('a WebSocket is read', () => {
  test('upgrade, packets and control frames, in any chunking and any fragments', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 60 }), (chunks, size) => {
        const stream = Buffer.concat([
          REQUEST,
          fragments('up', Buffer.concat([CONNECT, PINGREQ]), size),
          frame('up', Buffer.from('?'), { opcode: 9 }),
          fragments('up', publish('x'.repeat(200)), size),
          frame('up', Buffer.from([0x03, 0xe8]), { opcode: 8 }),
        ])
        const { seen, words } = read('up', stream, chunks)
        expect(words).toEqual(['request', 'connect', 'pingreq', 'ping', 'publish', 'close'])
        expect(seen[0]).toEqual({
          websocket: { kind: 'request', bytes: REQUEST.length, path: '/mqtt', protocols: ['mqtt', 'mqttv3.1'] },
        })
        expect(seen.at(-1)).toEqual({ websocket: { kind: 'close', bytes: 8, code: 1000 } })
      }),
      { numRuns: 100 },
    )
  })

  test('as the package ws writes it', () => {
    const { stream, taken } = sink()
    // Its types leave this one out.
    const { Sender } = ws as unknown as { readonly Sender: new (socket: unknown) => WsSender }
    const sender = new Sender(stream)
    for (const packet of [CONNECT, PINGREQ, publish('y'.repeat(70_000))])
      sender.send(packet, { binary: true, mask: true, fin: true, compress: false }, () => {})
    sender.ping(Buffer.from('a'), true)
    sender.close(1001, Buffer.from('gone'), true, () => {})
    const { words, seen } = read('up', Buffer.concat([REQUEST, taken()]), [777])
    expect(words).toEqual(['request', 'connect', 'pingreq', 'publish', 'ping', 'close'])
    expect(seen.at(-1)).toMatchObject({ websocket: { code: 1001 } })
  })

  test('compressed messages that refer to earlier ones (RFC 7692 §7.2.3.2)', async () => {
    const messages = Array.from({ length: 20 }, (_, i) => publish(`the same again and again ${i}${'.'.repeat(4000)}`))
    const compressed = await inOneContext(messages)
    expect(compressed.at(-1)?.length).toBeLessThan(60)
    const stream = Buffer.concat([RESPONSE, ...compressed.map(each => frame('down', each, { rsv1: true }))])
    const { words, reader } = read('down', stream, [100])
    expect(words).toEqual(['response', ...messages.map(() => 'publish')])
    expect(reader.place().between).toBe(false)
  })

  test('compressed messages too, whole or in fragments', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 30 }), (chunks, size) => {
        const whole = deflated(Buffer.concat([PINGRESP, publish('z'.repeat(500))]))
        const first = frame('down', whole.subarray(0, size), { rsv1: true, fin: false })
        const last = frame('down', whole.subarray(size), { opcode: 0 })
        const stream = Buffer.concat([RESPONSE, first, frame('down', Buffer.alloc(0), { opcode: 10 }), last])
        expect(read('down', stream, chunks).words).toEqual(['response', 'pong', 'pingresp', 'publish'])
      }),
      { numRuns: 50 },
    )
  })

  test.each([403, 404, 502, 503])('a proxy that answers %i tells so, and its page is no MQTT', status => {
    const stream = Buffer.from(`HTTP/1.1 ${status} No\r\nContent-Length: 4\r\n\r\npage`)
    const { seen } = read('down', stream, [7], true)
    expect(seen).toEqual([{ websocket: { kind: 'response', status, bytes: stream.length - 4 } }])
  })

  test('100 Continue and 103 Early Hints come before the answer', () => {
    const early = Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
    expect(read('down', Buffer.concat([early, RESPONSE, frame('down', PINGRESP)]), [11]).words.slice(-2)).toEqual([
      'response',
      'pingresp',
    ])
  })
})

describe('what is ill-formed is told once, and nothing is thrown', () => {
  test.each([
    ['a client without a mask', Buffer.concat([REQUEST, frame('down', CONNECT)]), /without a mask/],
    ['a reserved opcode', Buffer.concat([REQUEST, frame('up', CONNECT, { opcode: 3 })]), /reserved opcode 3/],
    ['text', Buffer.concat([REQUEST, frame('up', CONNECT, { opcode: 1 })]), /text frame/],
    ['a ping in fragments', Buffer.concat([REQUEST, frame('up', PINGREQ, { opcode: 9, fin: false })]), /fragmented/],
    ['a long ping', Buffer.concat([REQUEST, frame('up', Buffer.alloc(126), { opcode: 9 })]), /too long/],
    ['what continues nothing', Buffer.concat([REQUEST, frame('up', CONNECT, { opcode: 0 })]), /wrong order/],
    [
      'rubbish that is compressed',
      Buffer.concat([REQUEST, frame('up', Buffer.alloc(9, 255), { rsv1: true })]),
      /can not be read/,
    ],
    [
      'a head without end',
      Buffer.concat([Buffer.from('GET / HTTP/1.1\r\n'), Buffer.alloc(40_000, 65)]),
      /does not end/,
    ],
    ['a request that is none', Buffer.from('GXT nonsense\r\n\r\n'), /request/],
    ['no MQTT inside', Buffer.concat([REQUEST, frame('up', Buffer.from([0, 0]))]), /type 0/],
  ])('%s', (_, stream, words) => {
    const { seen, reader } = read('up', Buffer.concat([stream, Buffer.alloc(50, 7)]), [stream.length, 3], true)
    const told = seen.flatMap(each => ('undecoded' in each ? [each.undecoded] : []))
    expect(told).toEqual([expect.stringMatching(words)])
    expect(reader.sealed).toBe('WebSocket')
  })

  test('any bytes after an upgrade', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), sizes, (bytes, chunks) => {
        const reader = new StreamReader(newConversation(), 'up')
        const stream = Buffer.concat([REQUEST, bytes])
        let told = 0
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = chunks[i % chunks.length] ?? 1
          for (const seen of reader.push(stream.subarray(at, at + size))) if ('undecoded' in seen) told++
          at += size
        }
        expect(told).toBeLessThanOrEqual(1)
      }),
    )
  })
})
