import { describe, expect, it } from 'vitest'
import { Framer } from '../../src/mqtt/framer.ts'
import { connect, publish, streamOf } from './packets.ts'

const shape = (framer: Framer, chunk: Buffer) =>
  framer.push(chunk).parts.map(({ cmd, bytes, starts, ends }) => [cmd, bytes.length, starts, ends])

describe('the framer', () => {
  it('finds the borders of packets in one chunk', () => {
    const stream = streamOf([connect(4), { cmd: 'pingreq' }, publish('hello')], 4)
    expect(shape(new Framer(), stream)).toEqual([
      ['connect', stream.length - 2 - 12, true, true],
      ['pingreq', 2, true, true],
      ['publish', 12, true, true],
    ])
  })

  it('knows a packet by its first byte, and its end wherever the chunks are cut', () => {
    const framer = new Framer()
    const stream = streamOf([publish('x'.repeat(200))], 4)
    expect(shape(framer, stream.subarray(0, 1))).toEqual([['publish', 1, true, false]])
    expect(shape(framer, stream.subarray(1, 2))).toEqual([['publish', 1, false, false]])
    expect(shape(framer, stream.subarray(2, 100))).toEqual([['publish', 98, false, false]])
    expect(shape(framer, Buffer.concat([stream.subarray(100), Buffer.from([0xc0])]))).toEqual([
      ['publish', stream.length - 100, false, true],
      ['pingreq', 1, true, false],
    ])
  })

  it('counts the bytes of the fixed header', () => {
    const [part] = new Framer().push(streamOf([publish('x'.repeat(200))], 4)).parts
    expect(part?.headerBytes).toBe(3)
  })

  it.each([
    ['a TLS ClientHello', [0x16, 3, 1], 'looks like TLS'],
    ['type 0', [0x00, 0], 'packet type 0 is forbidden'],
    ['a PUBLISH of QoS 3', [0x36, 0], 'flags 6 do not go with PUBLISH'],
    ['a SUBSCRIBE without its flag', [0x80, 0], 'flags 0 do not go with SUBSCRIBE'],
    ['a length of five bytes', [0x30, 255, 255, 255, 255, 1], 'Remaining Length has more than four bytes'],
  ])('stops at %s and gives the bytes back', (_what, bytes, damage) => {
    const framer = new Framer()
    const first = framer.push(Buffer.from(bytes))
    expect(first.parts).toEqual([])
    expect(first.rest?.length).toBe(bytes.length)
    expect(framer.damage).toBe(damage)
    expect(framer.push(Buffer.from([0xc0, 0])).rest?.length).toBe(2)
  })

  it('goes on from the same place in a clone, each on its own', () => {
    const framer = new Framer()
    framer.push(Buffer.from([0x30, 10, 0]))
    const twin = framer.clone()
    const rest = Buffer.alloc(9)
    expect(shape(twin, rest)).toEqual([['publish', 9, false, true]])
    expect(shape(framer, rest)).toEqual([['publish', 9, false, true]])
  })
})
