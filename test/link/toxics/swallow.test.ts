import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { Bench } from '../pipe/bench.ts'

const PINGREQ = generate({ cmd: 'pingreq' })
const PINGRESP = generate({ cmd: 'pingresp' })
const publish = (payload: string): Buffer =>
  generate({ cmd: 'publish', topic: 't', payload, qos: 0, dup: false, retain: false } satisfies Packet)

const text = (...packets: Buffer[]): string => Buffer.concat(packets).toString('latin1')
const bytesOf = (got: readonly string[]): string =>
  got
    .filter(line => line !== '0 open')
    .map(line => line.replace(/^\S+ /s, ''))
    .join('')

describe('swallow', () => {
  it('takes the packets named and no others', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['pingresp'] })
    client.send(PINGREQ)
    broker.send(Buffer.concat([publish('a'), PINGRESP, publish('b'), PINGRESP]))
    expect(bytesOf(broker.got)).toBe(text(PINGREQ))
    expect(bytesOf(client.got)).toBe(text(publish('a'), publish('b')))
    expect(bench.marks).toEqual(['fault-touched swallow#0'])
  })

  it('does so in any chunking', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['publish'] })
    const stream = Buffer.concat([PINGREQ, publish('x'.repeat(300)), PINGREQ, publish(''), PINGREQ])
    for (const byte of stream) client.send(Buffer.from([byte]))
    expect(bytesOf(broker.got)).toBe(text(PINGREQ, PINGREQ, PINGREQ))
  })

  it('lets the rest of a packet pass that was under way when it came', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    // Its payload looks like packets to whoever starts to read in the middle.
    const inside = publish('\x30\x7f\xc0\x00\xd0\x00'.repeat(20))
    broker.send(inside.subarray(0, 50))
    bench.add('swallow', { packets: ['publish', 'pingreq'] })
    broker.send(inside.subarray(50))
    broker.send(publish('gone'))
    broker.send(PINGRESP)
    expect(bytesOf(client.got)).toBe(text(inside, PINGRESP))
  })

  it('swallows the rest of a packet that it was swallowing when it was lifted', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['publish'] })
    const long = publish('y'.repeat(100))
    broker.send(long.subarray(0, 30))
    bench.lift('swallow#0')
    broker.send(Buffer.concat([long.subarray(30), publish('passes'), PINGRESP]))
    broker.send(publish('too'))
    expect(bytesOf(client.got)).toBe(text(publish('passes'), PINGRESP, publish('too')))
  })

  it('passes what is not MQTT', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['connect'] })
    client.send('\x16\x03\x01 hello')
    client.send('more')
    expect(bytesOf(broker.got)).toBe('\x16\x03\x01 hellomore')
  })

  it('passes the ends', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['connect'] })
    client.end()
    broker.reset()
    expect([client.text, broker.text]).toEqual(['rst', 'open|fin'])
  })
})
