import { describe, expect, it } from 'vitest'
import { Bench } from '../pipe/bench.ts'

const BOX = {
  afterMs: 1000,
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop' as string | { readonly inside: string; readonly outside: string },
  scope: 'both',
  recreate: 'none',
}

function boxed(box: Partial<typeof BOX> = {}) {
  const bench = new Bench()
  const pair = bench.open()
  bench.add('idle-cut', { ...BOX, ...box })
  const heldAtMs = () =>
    bench.events.flatMap(event => (event.who === 'harness' && event.what === 'fault-held' ? [event.atMs] : []))
  return { bench, ...pair, heldAtMs }
}

describe('its timer', () => {
  it('leaves a flow alone that speaks often enough', async () => {
    const { bench, client, broker, heldAtMs } = boxed()
    for (let ms = 900; ms < 10_000; ms += 900) {
      await bench.to(ms)
      client.send('x')
    }
    expect(broker.got.length).toBe(12)
    expect(heldAtMs()).toEqual([])
    expect(bench.marks).toEqual(['fault-touched idle-cut#0'])
  })

  it('counts from the last activity before it was put in place', async () => {
    const bench = new Bench()
    const { client } = bench.open()
    await bench.to(300)
    client.send('x')
    await bench.to(800)
    bench.add('idle-cut', BOX)
    await bench.to(10_000)
    expect(bench.events.at(-1)).toMatchObject({ atMs: 1300, what: 'fault-held', conn: 1 })
    expect(bench.marks).toEqual(['fault-touched idle-cut#0', 'fault-held idle-cut#0'])
  })

  it('has forgotten at once a flow that was silent too long already', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    await bench.to(5000)
    bench.add('idle-cut', BOX)
    client.send('x')
    expect(broker.text).toBe('open')
    expect(bench.marks).toContain('fault-held idle-cut#0')
  })

  it('starts with the opening of a connection that comes later, and holds on each', async () => {
    const { bench, heldAtMs } = boxed()
    await bench.to(400)
    bench.open()
    await bench.to(10_000)
    expect(heldAtMs()).toEqual([1000, 1400])
  })

  it.each([
    ['out', 'client', [2700]],
    ['out', 'broker', [1000]],
    ['in', 'client', [1000]],
    ['in', 'broker', [2700]],
    ['each-own', 'client', [1000]],
    ['each-own', 'broker', [1000]],
    ['both', 'broker', [2700]],
  ] as const)('refreshed by %s, with traffic from the %s, expires at %s', async (refreshedBy, side, expected) => {
    const { bench, client, broker, heldAtMs } = boxed({ refreshedBy })
    for (const ms of [500, 900, 1700]) {
      await bench.to(ms)
      if (side === 'client') client.send('x')
      else broker.send('x')
    }
    await bench.to(10_000)
    expect(heldAtMs()).toEqual(expected)
  })

  it('each-own stays while both directions speak', async () => {
    const { bench, client, broker, heldAtMs } = boxed({ refreshedBy: 'each-own' })
    for (const ms of [800, 1600, 2400]) {
      await bench.to(ms)
      client.send('ping')
      broker.send('pong')
    }
    await bench.to(3399)
    expect(heldAtMs()).toEqual([])
    await bench.to(3400)
    expect(heldAtMs()).toEqual([3400])
  })

  it('has expired when something arrives at the very moment', async () => {
    const { bench, client, broker } = boxed()
    await bench.to(1000)
    client.send('x')
    expect(broker.text).toBe('open')
  })
})

describe('at expiry', () => {
  it.each([
    ['rst-both', 'rst'],
    ['fin-both', 'fin'],
  ] as const)('%s tells both there and then', async (onExpiry, how) => {
    const { bench, client, broker } = boxed({ onExpiry })
    await bench.to(999)
    expect([client.text, broker.text]).toEqual(['', 'open'])
    await bench.to(1000)
    expect([client.text, broker.text]).toEqual([how, `open|${how}`])
    expect(bench.seen).toContain(`1000 client ${how} from fault`)
  })

  it('silent tells nobody', async () => {
    const { bench, client, broker } = boxed()
    await bench.to(60_000)
    expect([client.text, broker.text]).toEqual(['', 'open'])
    expect(bench.clock.live).toBe(0)
  })
})

describe('a forgotten flow', () => {
  it('drops what comes, ends too, and stays dead when the fault is lifted', async () => {
    const { bench, client, broker } = boxed()
    await bench.to(1500)
    client.send('a')
    bench.lift('idle-cut#0')
    client.send('b')
    broker.send('c')
    client.end()
    broker.reset()
    await bench.to(3_600_000)
    expect([client.text, broker.text]).toEqual(['', 'open'])
    expect(bench.clock.live).toBe(0)
  })

  it('rst-sender resets who speaks; the other is told only when it speaks itself', async () => {
    const { bench, client, broker } = boxed({ onNext: 'rst-sender' })
    await bench.to(2000)
    client.send('ping')
    expect([client.text, broker.text]).toEqual(['rst', 'open'])
    await bench.to(5000)
    expect(broker.closed).toBe(false)
    broker.send('news')
    expect([client.text, broker.text]).toEqual(['rst', 'open|rst'])
    expect(client.closed && broker.closed).toBe(true)
  })

  it('rst-both resets both at the next packet', async () => {
    const { bench, client, broker } = boxed({ onNext: 'rst-both' })
    await bench.to(2000)
    broker.send('news')
    expect([client.text, broker.text]).toEqual(['rst', 'open|rst'])
  })

  it('by side: the inside is reset, the outside talks to nobody and keeps a ghost', async () => {
    const { bench, client, broker } = boxed({ onNext: { inside: 'rst-sender', outside: 'drop' } })
    await bench.to(2000)
    broker.send('news')
    expect([client.text, broker.text]).toEqual(['', 'open'])
    client.send('ping')
    await bench.to(60_000)
    expect([client.text, broker.text]).toEqual(['rst', 'open'])
  })

  it('by side: a router that resets the outside; then the broker, which knows it no more, resets the inside', async () => {
    const box = { onNext: { inside: 'drop', outside: 'rst-sender' }, scope: 'inbound-only', recreate: 'outbound' }
    const { bench, client, broker } = boxed(box)
    await bench.to(2000)
    broker.send('news')
    expect([client.text, broker.text]).toEqual(['', 'open|rst'])
    client.send('ping')
    expect([client.text, broker.text]).toEqual(['rst', 'open|rst'])
  })

  it('by side: where the client speaks first, nothing was broken', async () => {
    const box = { onNext: { inside: 'drop', outside: 'rst-sender' }, scope: 'inbound-only', recreate: 'outbound' }
    const { bench, client, broker } = boxed(box)
    await bench.to(2000)
    client.send('ping')
    broker.send('pong')
    expect([client.text, broker.text]).toEqual(['pong', 'open|ping'])
  })

  it('inbound-only: what goes out still passes, what comes in does not', async () => {
    const { bench, client, broker } = boxed({ scope: 'inbound-only' })
    await bench.to(2000)
    client.send('ping')
    broker.send('pong')
    expect([client.text, broker.text]).toEqual(['', 'open|ping'])
  })

  it('recreate outbound: the client brings it back, and the broker sends again what was lost', async () => {
    const { bench, client, broker, heldAtMs } = boxed({ scope: 'inbound-only', recreate: 'outbound' })
    await bench.to(2000)
    broker.send('a')
    broker.send('b')
    await bench.to(2300)
    expect(client.text).toBe('')
    client.send('ping')
    broker.send('c')
    expect(broker.text).toBe('open|ping')
    await bench.to(10_000)
    // Lost at 2000: sent again at 2208, and at 2416, which gets through.
    expect(client.got).toEqual(['2416 a', '2416 b', '2416 c'])
    // The flow is known again since 2300, when the broker's `c` passed the table.
    expect(heldAtMs()).toEqual([1000, 3300])
  })

  it('recreate outbound works after lifting too, and times nothing any more', async () => {
    const { bench, client, broker, heldAtMs } = boxed({ recreate: 'outbound' })
    await bench.to(2000)
    broker.send('a')
    bench.lift('idle-cut#0')
    await bench.to(9000)
    client.send('ping')
    await bench.to(60_000)
    broker.send('b')
    expect(broker.text).toBe('open|ping')
    expect(client.text).toBe('a|b')
    expect(heldAtMs()).toEqual([1000])
    expect(bench.clock.live).toBe(0)
  })

  it('brought back, starts with all its timers anew', async () => {
    const { bench, client, heldAtMs } = boxed({ refreshedBy: 'each-own', recreate: 'outbound' })
    await bench.to(2000)
    client.send('ping')
    await bench.to(10_000)
    expect(heldAtMs()).toEqual([1000, 3000])
  })

  it('an RST brings nothing back', async () => {
    const { bench, client, broker } = boxed({ recreate: 'outbound' })
    await bench.to(2000)
    client.reset()
    await bench.to(10_000)
    expect(broker.text).toBe('open')
  })
})

describe('lifting', () => {
  it('of a box that forgot nothing leaves nothing behind', async () => {
    const { bench, client, broker } = boxed()
    await bench.to(500)
    bench.lift('idle-cut#0')
    expect(bench.clock.live).toBe(0)
    await bench.to(10_000)
    client.send('x')
    expect(broker.text).toBe('open|x')
  })
})
