import { describe, expect, it } from 'vitest'
import { Bench } from './bench.ts'

const HOLE = { recovery: 'at-once' }

describe('a healthy connection', () => {
  it('passes bytes and FIN both ways, each after the latency of the link', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    client.send('hello')
    await bench.to(20)
    broker.send('world')
    client.end()
    await bench.to(50)
    broker.end()
    await bench.to(100)
    expect(broker.got).toEqual(['20 open', '20 hello', '40 fin'])
    expect(client.got).toEqual(['40 world', '70 fin'])
    expect(client.closed && broker.closed).toBe(true)
    expect(bench.clock.live).toBe(0)
  })

  it('passes an RST behind what was sent before it, and is over then', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(30)
    broker.send('in flight')
    client.send('last words')
    client.reset()
    await bench.to(100)
    expect(broker.got).toEqual(['20 open', '50 last words', '50 rst'])
    expect(client.got).toEqual([])
    expect(broker.closed).toBe(true)
    expect(bench.clock.live).toBe(0)
  })

  it('stays half-open after one FIN: the other flow goes on', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    client.end()
    broker.send('still here')
    expect(client.text).toBe('still here')
    expect(client.closed).toBe(false)
  })

  it('hands nothing to the broker before it has accepted', () => {
    const bench = new Bench()
    const { connection, client, broker } = bench.open(() => {})
    client.send('early')
    client.end()
    expect(broker.text).toBe('open')
    connection.established()
    expect(broker.text).toBe('open|early|fin')
  })

  it('gives the client an RST where the broker refuses', () => {
    const bench = new Bench()
    const { client, broker } = bench.open(connection => connection.arrive('broker', { what: 'rst' }))
    expect(client.text).toBe('rst')
    expect(broker.text).toBe('open')
    expect(client.closed).toBe(true)
  })
})

describe('an end whose kernel has forgotten the connection', () => {
  it('answers what arrives after a blackhole swallowed its RST with another RST', async () => {
    const bench = new Bench({ latencyMs: 10, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(100)
    bench.add('blackhole', HOLE)
    client.reset()
    await bench.to(200)
    broker.send('are you there?')
    await bench.to(5000)
    expect(broker.text).toBe('open')
    bench.lift('blackhole#0')
    await bench.to(6000)
    expect(broker.got.at(-1)).toBe('5010 rst')
    expect(client.text).toBe('')
    expect(bench.clock.live).toBe(0)
  })

  it('says nothing as long as nothing is sent to it', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', HOLE)
    client.reset()
    bench.lift('blackhole#0')
    await bench.to(60_000)
    expect(broker.text).toBe('open')
    expect(broker.closed).toBe(false)
  })

  it('does not send again, after its RST, what the path had not delivered', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('blackhole', HOLE)
    client.send('lost with its sender')
    client.reset()
    bench.lift('blackhole#0')
    await bench.to(1000)
    expect(broker.text).toBe('open')
  })
})

describe('ending one side', () => {
  it('leaves the other a ghost: open, silent, never told', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.order({ to: 'link', do: 'end', side: 'client', how: 'rst' }, 'reset#0')
    broker.send('into the void')
    await bench.to(60_000)
    expect(client.text).toBe('rst')
    expect(broker.text).toBe('open')
    expect(broker.closed).toBe(false)
    broker.end()
    expect(broker.closed).toBe(true)
    expect(bench.marks).toEqual(['fault-touched reset#0'])
    expect(bench.seen).toContain('0 client rst from fault')
  })

  it('with a FIN: what is in flight arrives first, what is held is lost', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 0 })
    const { client, broker } = bench.open()
    await bench.to(100)
    broker.send('in flight')
    bench.order({ to: 'link', do: 'end', side: 'client', how: 'fin' }, 'close#0')
    expect(client.got).toEqual(['100 in flight', '100 fin'])
    client.end()
    await bench.to(1000)
    expect(broker.text).toBe('open')
    expect(broker.closed).toBe(false)
  })

  it('tells both where both are named, and is over', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.order({ to: 'link', do: 'end', side: 'both', how: 'rst' }, 'reset#0')
    expect([client.text, broker.text]).toEqual(['rst', 'open|rst'])
    expect(client.closed && broker.closed).toBe(true)
  })

  it('closes for good when both sides have answered the FIN', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.order({ to: 'link', do: 'end', side: 'both', how: 'fin' }, 'close#0')
    expect([client.text, broker.text]).toEqual(['fin', 'open|fin'])
    client.end()
    expect(client.closed).toBe(false)
    broker.end()
    expect(client.closed && broker.closed).toBe(true)
  })

  it('proves nothing where no connection was left to end', () => {
    const bench = new Bench()
    bench.order({ to: 'link', do: 'end', side: 'both', how: 'rst' }, 'reset#0')
    expect(bench.marks).toEqual([])
  })
})

describe('a connection that is over', () => {
  it('leaves no timer, whatever was under way', async () => {
    const bench = new Bench({ latencyMs: 20, jitterMs: 5 })
    bench.add('idle-cut', {
      afterMs: 1000,
      refreshedBy: 'both',
      onExpiry: 'silent',
      onNext: 'drop',
      scope: 'both',
      recreate: 'none',
    })
    bench.add('bandwidth', { bytesPerS: 10 })
    const { client, broker } = bench.open()
    await bench.to(100)
    client.send('a'.repeat(1000))
    broker.send('b'.repeat(1000))
    await bench.to(200)
    expect(bench.clock.live).toBeGreaterThan(0)
    bench.order({ to: 'link', do: 'end', side: 'both', how: 'rst' })
    expect(bench.clock.live).toBe(0)
    client.send('too late')
    expect(bench.clock.live).toBe(0)
  })
})

describe('a source', () => {
  it('is read on under a blackhole, up to a receive window full, and again once it drains', () => {
    const bench = new Bench()
    const { client } = bench.open()
    bench.add('blackhole', HOLE)
    const chunk = Buffer.alloc(64 * 1024)
    for (let sent = 0; sent < 3 * 1024 * 1024; sent += chunk.length) client.send(chunk)
    expect(client.paused).toBe(false)
    for (let sent = 0; sent < 2 * 1024 * 1024; sent += chunk.length) client.send(chunk)
    expect(client.paused).toBe(true)
    bench.lift('blackhole#0')
    expect(client.paused).toBe(false)
  })

  it('is not read while the other socket takes no more', () => {
    const bench = new Bench()
    const { connection, client, broker } = bench.open()
    connection.congested('broker', true)
    expect([client.paused, broker.paused]).toEqual([true, false])
    connection.congested('broker', false)
    expect(client.paused).toBe(false)
  })
})

describe('what is sent at once in answer', () => {
  it('stays in order behind what is still being passed on', () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add('slice', { averageBytes: 1, variationBytes: 0, delayMs: 0 })
    const write = broker.write.bind(broker)
    broker.write = bytes => {
      write(bytes)
      if (bytes.toString() === 'a') client.send('X')
    }
    client.send('abc')
    expect(broker.text).toBe('open|a|b|c|X')
  })
})
