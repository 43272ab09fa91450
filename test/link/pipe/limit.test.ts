import { describe, expect, it } from 'vitest'
import type { LinkOrder } from '../../../src/faults/fault.ts'
import { Bench } from './bench.ts'

type OnNext = (LinkOrder & { do: 'limit' })['onNext']

const limit = (bench: Bench, sessions: number, onNext: OnNext = 'drop') =>
  bench.order({ to: 'link', do: 'limit', key: 'table', sessions, activity: 'any-byte', onNext }, 'evict#0')
const held = (bench: Bench) =>
  bench.events.flatMap(event =>
    event.who === 'harness' && event.what === 'fault-held' ? [`${event.atMs} conn ${event.conn}`] : [],
  )

describe('a link with room for two connections', () => {
  it('forgets the oldest the moment that a third is opened, however busy it is', async () => {
    const bench = new Bench()
    const [first, second] = [bench.open(), bench.open()]
    limit(bench, 2)
    await bench.to(1000)
    first.client.send('a')
    expect(held(bench)).toEqual([])
    const third = bench.open()
    first.client.send('b')
    first.broker.send('c')
    second.client.send('d')
    third.client.send('e')
    expect(first.broker.text).toBe('open|a')
    expect(first.client.text).toBe('')
    expect([second.broker.text, third.broker.text]).toEqual(['open|d', 'open|e'])
    expect(held(bench)).toEqual(['1000 conn 1'])
    expect(bench.marks).toEqual(['fault-touched evict#0', 'fault-held evict#0'])
  })

  it('was always that small: what is too much when it is put in place is forgotten at once, the oldest first', async () => {
    const bench = new Bench()
    for (let i = 0; i < 4; i++) bench.open()
    await bench.to(500)
    limit(bench, 2)
    expect(held(bench)).toEqual(['500 conn 1', '500 conn 2'])
  })

  it('counts neither those that are over nor those that it forgot', async () => {
    const bench = new Bench()
    limit(bench, 2)
    const [first] = [bench.open(), bench.open()]
    first.client.end()
    first.broker.end()
    bench.open()
    expect(held(bench)).toEqual([])
    bench.open()
    bench.open()
    expect(held(bench)).toEqual(['0 conn 2', '0 conn 3'])
  })

  it.each<[OnNext, string, string]>([
    ['drop', '', 'open'],
    ['rst-sender', 'rst', 'open'],
    ['rst-both', 'rst', 'open|rst'],
  ])('meets the next packet with %s', (onNext, client, broker) => {
    const bench = new Bench()
    const oldest = bench.open()
    limit(bench, 1, onNext)
    bench.open()
    oldest.client.send('x')
    expect([oldest.client.text, oldest.broker.text]).toEqual([client, broker])
  })

  it('knows the forgotten no better once it is lifted, and forgets nobody any more', () => {
    const bench = new Bench()
    const oldest = bench.open()
    limit(bench, 1)
    const second = bench.open()
    bench.order({ to: 'link', do: 'remove', key: 'table' }, 'evict#0')
    bench.open()
    oldest.client.send('x')
    second.client.send('y')
    expect([oldest.broker.text, second.broker.text]).toEqual(['open', 'open|y'])
    expect(() => bench.order({ to: 'link', do: 'remove', key: 'table' }, 'evict#0')).toThrow('not in force')
  })

  it('is refused a second time under the same key', () => {
    const bench = new Bench()
    limit(bench, 2)
    expect(() => limit(bench, 3)).toThrow('already in force')
  })
})
