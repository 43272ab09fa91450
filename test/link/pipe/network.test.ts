import { describe, expect, it } from 'vitest'
import { draining } from '../../../src/faults/draining.ts'
import { local } from '../../../src/labs/local.ts'
import { netns } from '../../../src/labs/netns.ts'
import { firstLack } from '../../../src/labs/orders.ts'
import { embedded } from '../../../src/link/kinds/embedded.ts'
import { firewall } from '../../../src/link/kinds/firewall.ts'
import { toxiproxy } from '../../../src/link/kinds/toxiproxy.ts'
import { Bench } from './bench.ts'

const move = (what: 'address' | 'port' | 'down') => ({ to: 'link', do: 'move', what }) as const

describe('a client whose address changes', () => {
  it('has dead paths for what was open, and good ones for what it opens since', async () => {
    const bench = new Bench()
    const [first, second] = [bench.open(), bench.open()]
    bench.order(move('address'), 'roam#0')
    const third = bench.open()
    first.client.send('a')
    first.broker.send('b')
    second.client.end()
    third.client.send('c')
    await bench.to(60_000)
    expect([first.broker.text, first.client.text, second.broker.text, third.broker.text]).toEqual([
      'open',
      '',
      'open',
      'open|c',
    ])
    expect(bench.marks.filter(mark => mark.startsWith('fault-held'))).toHaveLength(2)
    expect(bench.marks).toContain('fault-touched roam#0')
  })

  it('may move again, and then the newer connections are dead too', async () => {
    const bench = new Bench()
    bench.order(move('address'), 'roam#0')
    const pair = bench.open()
    bench.order(move('address'), 'roam#1')
    pair.client.send('a')
    await bench.to(1000)
    expect(pair.broker.text).toBe('open')
  })

  it('is all that a relay can do of it: ports and interfaces are the lab netns’ own', () => {
    const can = (lab: typeof local, link: { readonly can: typeof embedded.can }, what: 'address' | 'port' | 'down') =>
      firstLack([move(what)], { lab: lab.can, link: link.can, broker: new Set(), client: new Set() }) === undefined
    const all = ['address', 'port', 'down'] as const
    expect(all.map(what => can(local, embedded, what))).toEqual([true, false, false])
    expect(all.map(what => can(local, toxiproxy, what))).toEqual([false, false, false])
    expect(all.map(what => can(netns, firewall, what))).toEqual([true, true, true])
    expect(() => new Bench().order(move('port'), 'rebind#0')).toThrow("a relay can't do port")
  })
})

describe('a load balancer', () => {
  const orders = (given: object) => draining.on(draining.options.parse(given), 2000)
  const drained = (bench: Bench, given: object) => {
    for (const order of orders(given)) if (order.to === 'link') bench.order(order, 'draining#0')
  }

  it.each([
    [{ after: '3s' }, 3000, 'fin'],
    [{ after: '1K', how: 'rst' }, 2000, 'rst'],
    [{ how: 'rst' }, 0, 'rst'],
  ] as const)(
    'told to drain with %j ends what is open after %i ms by %s, and nothing that comes since',
    async (given, afterMs, how) => {
      const bench = new Bench()
      const old = bench.open()
      await bench.to(1000)
      drained(bench, given)
      const fresh = bench.open()
      await bench.to(60_000)
      fresh.client.send('a')
      await bench.to(60_001)
      expect(old.client.got).toEqual([`${1000 + afterMs} ${how}`])
      expect(old.broker.got.at(-1)).toBe(`${1000 + afterMs} ${how}`)
      expect([fresh.broker.text, fresh.client.text]).toEqual(['open|a', ''])
      expect(bench.marks).toEqual(['fault-touched draining#0', 'fault-held draining#0'])
    },
  )

  it('that is told otherwise in time ends nobody', async () => {
    const bench = new Bench()
    const old = bench.open()
    drained(bench, { after: '3s' })
    await bench.to(2999)
    for (const order of draining.off(draining.options.parse({}), 2000))
      if (order.to === 'link') bench.order(order, 'draining#0')
    await bench.to(60_000)
    expect(old.client.text).toBe('')
  })
})
