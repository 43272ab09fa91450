import { describe, expect, it } from 'vitest'
import { Bench } from './bench.ts'

describe('orders to a link', () => {
  it('reach connections that are open and those that come', async () => {
    const bench = new Bench()
    const before = bench.open()
    bench.add('delay', { latencyMs: 50, jitterMs: 0 })
    const after = bench.open()
    before.client.send('a')
    after.client.send('b')
    await bench.to(1000)
    expect(before.broker.got).toEqual(['0 open', '50 a'])
    expect(after.broker.got).toEqual(['50 open', '50 b'])
  })

  it('work in the order in which they came', async () => {
    const bench = new Bench()
    bench.add('slice', { averageBytes: 1, variationBytes: 0, delayMs: 10 })
    bench.add('delay', { latencyMs: 100, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(1000)
    client.send('ab')
    await bench.to(2000)
    expect(broker.got.slice(1)).toEqual(['1100 a', '1110 b'])
  })

  it('keep two faults with the same toxic apart', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', { recovery: 'at-once' }, { fault: 'blackhole#0', flows: ['up'] })
    bench.add('blackhole', { recovery: 'at-once' }, { fault: 'blackhole#1', flows: ['down'] })
    bench.lift('blackhole#0')
    client.send('a')
    broker.send('b')
    expect([client.text, broker.text]).toEqual(['', 'open|a'])
  })

  it('are refused where they make no sense', () => {
    const bench = new Bench()
    expect(() => bench.add('gremlin', {})).toThrow('no toxic is called gremlin')
    expect(() => bench.add('delay', { latencyMs: 'soon' })).toThrow()
    expect(() => bench.lift('delay#0')).toThrow('not in force')
    bench.add('noop', {})
    expect(() => bench.add('noop', {})).toThrow('already in force')
  })

  it('prove each fault once, on whatever connection', () => {
    const bench = new Bench()
    const [first, second] = [bench.open(), bench.open()]
    bench.add('blackhole', { recovery: 'at-once' })
    second.client.send('x')
    first.client.send('x')
    const proofs = bench.events.filter(({ what }) => what === 'fault-touched')
    expect(proofs).toMatchObject([{ fault: 'blackhole#0', note: 'connection 2: held 1 bytes on its way up' }])
  })
})

describe('a link that is disposed', () => {
  it('leaves no timer and hands nothing on', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(100)
    client.send('x')
    bench.hub.dispose()
    expect(bench.clock.live).toBe(0)
    client.send('y')
    await bench.to(1000)
    expect(broker.text).toBe('open')
  })
})
