import { describe, expect, it } from 'vitest'
import { nextDataRetry, nextSynRetry } from '../../../src/link/toxics/retransmission.ts'
import { Bench } from '../pipe/bench.ts'

const RETRANSMIT = { recovery: 'retransmit' }
const AT_ONCE = { recovery: 'at-once' }

describe("TCP's ladders", () => {
  it('retry data after R, 2R, 4R, 8R, with R = 208 ms + RTT', () => {
    expect([1, 209, 417, 833, 1665].map(nowMs => nextDataRetry(0, nowMs, 0))).toEqual([208, 416, 832, 1664, 3328])
    expect(nextDataRetry(1000, 1001, 40)).toBe(1248)
  })

  it('take a retry that is due at this very moment', () => {
    expect(nextDataRetry(0, 416, 0)).toBe(416)
  })

  it('retry data at most 120 s apart', () => {
    const rungs = [200_000, 213_000, 333_000].map(nowMs => nextDataRetry(0, nowMs, 0))
    expect(rungs).toEqual([212_992, 332_992, 452_992])
  })

  it('retry a SYN 1, 3, 7, 15, 31, 63 s after it', () => {
    const seconds = [0.5, 1.5, 3.5, 7.5, 15.5, 31.5].map(nowS => nextSynRetry(0, nowS * 1000) / 1000)
    expect(seconds).toEqual([1, 3, 7, 15, 31, 63])
  })
})

describe('a blackhole', () => {
  it('of answers lets an upgrade to a WebSocket through, and nothing behind it', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', { ...AT_ONCE, holds: 'answers' })
    broker.send('HTTP/1.1 101')
    broker.send('connack')
    broker.send('HTTP/1.1 200')
    await bench.to(60_000)
    expect(client.text).toBe('HTTP/1.1 101')
  })

  it('lets neither bytes nor ends through, and tells nobody', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', RETRANSMIT)
    client.send('ping')
    broker.send('news')
    client.end()
    broker.end()
    await bench.to(3_600_000)
    expect([client.text, broker.text]).toEqual(['', 'open'])
    expect(bench.clock.live).toBe(0)
  })

  it('holds what was in flight when it opened', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(100)
    client.send('in flight')
    await bench.to(110)
    bench.add('blackhole', AT_ONCE)
    await bench.to(500)
    expect(broker.text).toBe('open')
    bench.lift('blackhole#0')
    expect(broker.got.at(-1)).toBe('500 in flight')
  })

  it('holds one direction only, where only that is named', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', RETRANSMIT, { flows: ['up'] })
    client.send('ping')
    broker.send('news')
    await bench.to(1000)
    expect([client.text, broker.text]).toEqual(['news', 'open'])
  })

  it('once lifted, lets go at the next retransmission, counted from the first loss of that flow', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(1000)
    bench.add('blackhole', RETRANSMIT)
    client.send('one')
    await bench.to(1500)
    client.send('two')
    broker.send('news')
    client.end()
    await bench.to(2500)
    bench.lift('blackhole#0')
    client.send('never mind')
    await bench.to(60_000)
    // Lost at 1020, R = 248: 1268, 1516, 2012, 3004. Down: lost at 1520: 1768, 2016, 2512.
    expect(broker.got).toEqual(['20 open', '3004 one', '3004 two', '3004 fin'])
    expect(client.got).toEqual(['2512 news'])
  })

  it('keeps what comes after lifting behind what is still waiting for its retransmission', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', RETRANSMIT)
    client.send('old')
    await bench.to(300)
    bench.lift('blackhole#0')
    client.send('new')
    await bench.to(10_000)
    expect(broker.got).toEqual(['0 open', '416 old', '416 new'])
  })

  it('reproduces the stall of six minutes: the queued ping gets through at the tenth rung', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(310_000)
    bench.add('blackhole', RETRANSMIT)
    await bench.to(600_120)
    client.send('ping')
    await bench.to(670_000)
    bench.lift('blackhole#0')
    await bench.to(800_000)
    // facts/simulation.md, timeline 3: sent again at 727,096, that is delivered 20 ms later.
    expect(broker.got.at(-1)).toBe('727116 ping')
  })

  it('lets go at the moment of lifting, where asked to', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', AT_ONCE)
    client.send('a')
    client.send('b')
    await bench.to(777)
    bench.lift('blackhole#0')
    expect(broker.got).toEqual(['0 open', '777 a', '777 b'])
  })

  it('holds an opening connection, and lets it open at the next SYN', async () => {
    const bench = new Bench()
    bench.add('blackhole', RETRANSMIT)
    await bench.to(100)
    const { client, broker } = bench.open()
    client.send('connect')
    await bench.to(4000)
    expect(broker.got).toEqual([])
    bench.lift('blackhole#0')
    await bench.to(60_000)
    expect(broker.got).toEqual(['7100 open', '7100 connect'])
  })

  it.each(['end', 'reset'] as const)('never opens a connection that the client has given up (%s)', async how => {
    const bench = new Bench()
    bench.add('blackhole', RETRANSMIT)
    const { client, broker } = bench.open()
    client.send('connect')
    await bench.to(2000)
    client[how]()
    expect(client.closed).toBe(true)
    bench.lift('blackhole#0')
    await bench.to(120_000)
    expect(broker.got).toEqual([])
    expect(bench.clock.live).toBe(0)
  })

  it('of openings only, disturbs no connection that is open', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', { recovery: 'at-once', holds: 'opening' }, { flows: ['up'] })
    const second = bench.open()
    client.send('goes on')
    second.client.send('waits')
    expect([broker.text, second.broker.text]).toEqual(['open|goes on', ''])
    bench.lift('blackhole#0')
    expect(second.broker.text).toBe('open|waits')
  })

  it('may overlap with another: only when both are lifted is the path back', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', AT_ONCE, { fault: 'blackhole#0' })
    client.send('a')
    bench.add('blackhole', AT_ONCE, { fault: 'blackhole#1' })
    client.send('b')
    bench.lift('blackhole#0')
    client.send('c')
    client.end()
    expect(broker.text).toBe('open')
    bench.lift('blackhole#1')
    expect(broker.text).toBe('open|a|b|c|fin')
  })

  it('proves once that it bit, at the first item it held', async () => {
    const bench = new Bench()
    const { client } = bench.open()
    bench.add('blackhole', AT_ONCE)
    expect(bench.marks).toEqual([])
    client.send('a')
    client.send('b')
    expect(bench.marks).toEqual(['fault-touched blackhole#0'])
  })
})
