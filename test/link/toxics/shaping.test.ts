import { describe, expect, it } from 'vitest'
import { Bench } from '../pipe/bench.ts'

describe('delay', () => {
  it('puts every item off by its latency, ends too', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('delay', { latencyMs: 150, jitterMs: 0 })
    client.send('a')
    await bench.to(100)
    client.send('b')
    client.end()
    await bench.to(1000)
    expect(broker.got).toEqual(['0 open', '150 a', '250 b', '250 fin'])
  })

  it('spreads within its jitter and keeps the order', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('delay', { latencyMs: 100, jitterMs: 50 })
    for (let sent = 0; sent < 200; sent++) {
      client.send(String.fromCharCode(0x41 + (sent % 26)))
      await bench.to((sent + 1) * 200)
    }
    await bench.to(100_000)
    const lateMs = broker.got.slice(1).map((line, index) => Number(line.split(' ')[0]) - index * 200)
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(150)
    expect(Math.max(...lateMs) - Math.min(...lateMs)).toBeGreaterThan(80)
  })

  it('delivers at once what is in flight when it is lifted', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('delay', { latencyMs: 10_000, jitterMs: 0 })
    client.send('a')
    await bench.to(20)
    bench.lift('delay#0')
    expect(broker.got.at(-1)).toBe('20 a')
    expect(bench.clock.live).toBe(0)
  })

  it('is no proof of a fault where it is the latency of the link itself', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client } = bench.open()
    client.send('a')
    await bench.to(100)
    expect(bench.marks).toEqual([])
  })
})

describe('bandwidth', () => {
  it('lets so many bytes a second through, each flow on its own', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('bandwidth', { bytesPerS: 1000 })
    client.send(Buffer.alloc(500, 'a'))
    broker.send(Buffer.alloc(100, 'b'))
    client.send('z')
    await bench.to(10_000)
    expect(broker.got.slice(1).map(line => `${line.split(' ')[0]} ${line.length}`)).toEqual(
      [100, 200, 300, 400, 500].map(ms => `${ms} 104`).concat('501 5'),
    )
    expect(client.got).toEqual([`100 ${'b'.repeat(100)}`])
  })

  it('leaves a wire that was idle free', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('bandwidth', { bytesPerS: 1000 })
    client.send('a'.repeat(10))
    await bench.to(5000)
    client.send('b'.repeat(10))
    await bench.to(10_000)
    expect(broker.got.map(line => line.split(' ')[0])).toEqual(['0', '10', '5010'])
  })
})

describe('slice', () => {
  it('cuts into pieces of about the size asked for, a pause after each', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('slice', { averageBytes: 4, variationBytes: 0, delayMs: 30 })
    client.send('aaaabbbbcc')
    await bench.to(10)
    client.send('d')
    client.end()
    await bench.to(1000)
    expect(broker.got).toEqual(['0 open', '0 aaaa', '30 bbbb', '60 cc', '90 d', '120 fin'])
  })

  it('varies the sizes within bounds', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('slice', { averageBytes: 10, variationBytes: 4, delayMs: 0 })
    client.send(Buffer.alloc(5000, 'a'))
    const sizes = broker.got.slice(1, -1).map(line => line.length - '0 '.length)
    expect(Math.min(...sizes)).toBe(6)
    expect(Math.max(...sizes)).toBe(14)
  })

  it('proves that it bit, though it delayed nothing', () => {
    const bench = new Bench()
    const { client } = bench.open()
    bench.add('slice', { averageBytes: 4, variationBytes: 0, delayMs: 0 })
    client.send('abcd')
    expect(bench.marks).toEqual([])
    client.send('abcde')
    expect(bench.marks).toEqual(['fault-touched slice#0'])
  })
})
