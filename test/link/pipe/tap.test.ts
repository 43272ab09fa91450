import { describe, expect, it } from 'vitest'
import { Bench } from './bench.ts'

const PINGREQ = Buffer.from([0xc0, 0])

describe('the taps', () => {
  it('date a packet where it enters and where it leaves, at its last byte', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client } = bench.open()
    await bench.to(100)
    client.send(PINGREQ.subarray(0, 1))
    await bench.to(130)
    client.send(PINGREQ.subarray(1))
    await bench.to(1000)
    expect(bench.seen.slice(2)).toEqual(['130 client pingreq up', '150 broker pingreq up'])
  })

  it('say whose an end is: who did it, where it was handed on, or the fault', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(100)
    client.end()
    await bench.to(200)
    broker.reset()
    await bench.to(300)
    expect(bench.seen).toEqual([
      '0 client open from client',
      '20 broker open from client',
      '100 client fin from client',
      '120 broker fin from client',
      '200 broker rst from broker',
      '220 client rst from broker',
    ])
  })

  it('see under a blackhole what went in, and only that', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', { recovery: 'at-once' })
    client.send(PINGREQ)
    client.reset()
    broker.end()
    await bench.to(10_000)
    expect(bench.seen.slice(2)).toEqual(['0 client pingreq up', '0 client rst from client', '0 broker fin from broker'])
  })

  it('number connections in order of opening', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    expect(bench.events.map(({ conn }) => conn)).toEqual([1, 1, 2, 2])
  })

  it('report bytes that are not MQTT once per flow, and then how much passes each edge', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    client.send('\x16\x03\x01')
    client.send('\x17\x03\x03')
    broker.send('\x16\x03\x03')
    expect(bench.seen.slice(2)).toEqual([
      '0 client undecoded up',
      '0 client data up',
      '0 broker data up',
      '0 client data up',
      '0 broker data up',
      '0 broker undecoded down',
      '0 broker data down',
      '0 client data down',
    ])
    expect(bench.events[2]).toMatchObject({ sealed: 'TLS', note: 'looks like TLS' })
    expect(bench.events[3]).toEqual({
      atMs: 0,
      who: 'link',
      what: 'data',
      conn: 1,
      flow: 'up',
      edge: 'client',
      bytes: 3,
    })
  })

  it.each([
    ['a WebSocket that sends no frame', 'GET /mqtt HTTP/1.1\r\n\r\n\x03\x00', 'WebSocket'],
    ['damage', '\x00', undefined],
  ])('tell %s from its first byte', (_what, text, sealed) => {
    const bench = new Bench()
    bench.open().client.send(text)
    expect(bench.events.find(event => event.what === 'undecoded')).toMatchObject(
      sealed ? { sealed } : { what: 'undecoded' },
    )
    expect(bench.events.some(event => event.what === 'undecoded' && event.sealed !== undefined)).toBe(
      sealed !== undefined,
    )
  })

  it('call it damage, and no TLS, where packets came before', () => {
    const bench = new Bench()
    bench.open().client.send(Buffer.concat([PINGREQ, Buffer.from([0x16, 3, 1])]))
    const undecoded = bench.events.find(event => event.what === 'undecoded')
    expect(undecoded).toBeDefined()
    expect(undecoded).not.toHaveProperty('sealed')
  })

  it('see no packet there to swallow, and none is claimed to have been', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('swallow', { packets: ['pingreq', 'connect'] })
    client.send(Buffer.from([0x16, 3, 1, 0, 2]))
    client.send(PINGREQ)
    expect(bench.seen.filter(line => line.includes('broker data up'))).toHaveLength(2)
    expect(broker.got).toHaveLength(3)
    expect(bench.marks).toEqual([])
  })
})
