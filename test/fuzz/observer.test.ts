import fc from 'fast-check'
import type { Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { newSession, PacketObserver, type Sighting } from '../../src/mqtt/observer.ts'
import { connect, publish, streamOf } from '../mqtt/packets.ts'

/** HALFOPEN_FUZZ_SEED repeats a run. */
const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Date.now() % 2 ** 31)
console.log(`observer fuzz: HALFOPEN_FUZZ_SEED=${seed}`)
const options = { seed, numRuns: 300 }

/** Cuts at the places that the fractions point to. */
function chunked(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const borders = [0, ...cuts.map(cut => Math.floor(cut * stream.length)).sort((a, b) => a - b), stream.length]
  return borders.slice(1).map((to, index) => stream.subarray(borders[index], to))
}

const watch = (chunks: readonly Buffer[]): Sighting[] => {
  const observer = new PacketObserver(newSession())
  return chunks.flatMap(chunk => [...observer.push(chunk)])
}

const messageId = fc.integer({ min: 1, max: 65_535 })
const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.constant<Packet>({ cmd: 'pingreq' }),
  fc.constant<Packet>({ cmd: 'pingresp' }),
  fc
    .tuple(fc.uint8Array({ maxLength: 3000 }), fc.constantFrom(0 as const, 1 as const, 2 as const))
    .map(([payload, qos]) => publish(Buffer.from(payload), qos)),
  messageId.map((id): Packet => ({ cmd: 'puback', messageId: id })),
  messageId.map((id): Packet => ({ cmd: 'pubrel', messageId: id })),
  fc
    .tuple(messageId, fc.string({ minLength: 1, maxLength: 100 }))
    .map(([id, topic]): Packet => ({ cmd: 'subscribe', messageId: id, subscriptions: [{ topic, qos: 1 }] })),
  messageId.map((id): Packet => ({ cmd: 'suback', messageId: id, granted: [0, 1, 128] })),
)
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 })

describe('the observer, fuzzed', () => {
  it.each([4, 5] as const)('sees the same packets of protocol level %i in any chunking', version => {
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 20 }), cuts, (packets, at) => {
        // Reason codes differ: 128 in a SUBACK of 5.0 means the same, so the lists serve both.
        const stream = streamOf([connect(version), ...packets], version)
        const whole = watch([stream])
        expect(watch(chunked(stream, at))).toEqual(whole)
        expect(whole.map(seen => ('packet' in seen ? seen.packet.cmd : seen.undecoded))).toEqual([
          'connect',
          ...packets.map(({ cmd }) => cmd),
        ])
        expect(whole.reduce((sum, seen) => sum + ('packet' in seen ? seen.packet.bytes : 0), 0)).toBe(stream.length)
      }),
      options,
    )
  })

  it('never throws, and reports damage at most once, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 20 }), chunks => {
        const seen = watch(chunks.map(chunk => Buffer.from(chunk)))
        const damaged = seen.findIndex(sighting => 'undecoded' in sighting)
        expect(damaged === -1 || damaged === seen.length - 1).toBe(true)
      }),
      options,
    )
  })

  it('survives a valid stream with any one byte changed', () => {
    const valid = streamOf(
      [connect(5), publish('payload', 1), { cmd: 'pingreq' }, { cmd: 'disconnect', reasonCode: 4 }],
      5,
    )
    fc.assert(
      fc.property(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), cuts, (where, byte, at) => {
        const damaged = Buffer.from(valid)
        damaged.writeUInt8(byte, where)
        expect(watch(chunked(damaged, at))).toEqual(watch([damaged]))
      }),
      { ...options, numRuns: 2000 },
    )
  })
})
