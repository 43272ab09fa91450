import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerReader } from '../../../../src/link/kinds/firewall/executor.ts'
import { FrameReader, markNumbered } from '../../../../src/link/kinds/firewall/frames.ts'

interface Frame {
  readonly device: number
  readonly type: number
  readonly seconds: number
  readonly nanoseconds: number
  /** How long before the look at the clocks was over the packet came, and how long that look took; in nanoseconds. */
  readonly agoNs?: number
  readonly tookNs?: number
  /** Of the calendar's clock, from the monotonic one. */
  readonly offsetS?: number
  readonly packet: Buffer
}

/** As the watcher writes it. */
function frame({ device, type, seconds, nanoseconds, agoNs = 40_000, tookNs = 40_000, offsetS = 1e9, packet }: Frame) {
  const head = Buffer.alloc(44)
  const afterNs = nanoseconds + agoNs
  const date = [seconds + offsetS, nanoseconds]
  const clocks = [seconds, afterNs - tookNs, seconds + offsetS, afterNs, seconds, afterNs]
  for (const [index, word] of [packet.length, device, type, ...date, ...clocks].entries())
    head.writeUInt32BE(word, index * 4)
  return Buffer.concat([head, packet])
}

/** An RST without payload; addresses like `10.77.1.2:40000`. */
function reset({ from, to, seq, ack }: ReturnType<typeof markNumbered>): Buffer {
  const packet = Buffer.alloc(40)
  packet.writeUInt8(0x45, 0)
  packet.writeUInt16BE(40, 2)
  packet.writeUInt8(6, 9)
  for (const [index, address] of [from, to].entries()) {
    const [host = '', port = ''] = address.split(':')
    packet.set(host.split('.').map(Number), 12 + index * 4)
    packet.writeUInt16BE(Number(port), 20 + index * 2)
  }
  packet.writeUInt32BE(seq, 24)
  packet.writeUInt32BE(ack, 28)
  packet.writeUInt8(0x50, 32)
  packet.writeUInt8(0x14, 33)
  return packet
}

/** The same bytes in other pieces. */
const cut = (bytes: Buffer, lengths: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return [...pieces, bytes.subarray(at)]
}
const LENGTHS = fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 12 })

const SIDES = new Map([
  [2, 'client'],
  [3, 'broker'],
] as const)
const PEERS = { from: '10.77.1.2:40000', to: '10.77.2.2:1883', ack: 0 }
const near = (ms: number) => expect.closeTo(ms, 2)
const DATE = { seconds: 3600, nanoseconds: 250_500_000 }

describe('what the watcher of a firewall writes', () => {
  const stream = Buffer.concat([
    frame({ ...DATE, device: 2, type: 0, packet: reset({ ...PEERS, seq: 1 }) }),
    frame({ ...DATE, device: 1, type: 4, packet: reset(markNumbered(7)) }),
    frame({ ...DATE, device: 3, type: 4, tookNs: 3_500_000, agoNs: 3_600_000, packet: reset({ ...PEERS, seq: 2 }) }),
    // Another interface, and a packet for another host: of no concern.
    frame({ ...DATE, device: 1, type: 4, packet: reset({ ...PEERS, seq: 3 }) }),
    frame({ ...DATE, device: 2, type: 3, packet: reset({ ...PEERS, seq: 4 }) }),
  ])

  test('is segments with their dates, and marks between them, however it is cut', () => {
    fc.assert(
      fc.property(LENGTHS, lengths => {
        const reader = new FrameReader(SIDES)
        expect(cut(stream, lengths).flatMap(piece => reader.push(piece))).toMatchObject([
          { edge: 'client', way: 'in', seq: 1, rst: true, seenMs: near(3_600_250.5), lateMs: near(0.04) },
          { mark: 7 },
          { edge: 'broker', way: 'out', seq: 2, rst: true, seenMs: near(3_600_250.5), lateMs: near(3.5) },
        ])
      }),
    )
  })
})

describe('what the executor of a firewall answers', () => {
  const stream = Buffer.from('1 0 1000500 1002000 0\n2 1 1003000 1003001 13\nno such\ntable3 0 5000000 5000010 2\nok')

  test('is whether it is so, when, and what was said, however it is cut', () => {
    fc.assert(
      fc.property(LENGTHS, lengths => {
        const reader = new AnswerReader()
        expect(cut(stream, lengths).flatMap(piece => reader.push(piece))).toEqual([
          { id: 1, ok: true, fromMs: 1000.5, toMs: 1002, said: '' },
          { id: 2, ok: false, fromMs: 1003, toMs: 1003.001, said: 'no such\ntable' },
          { id: 3, ok: true, fromMs: 5000, toMs: 5000.01, said: 'ok' },
        ])
      }),
    )
  })
})
