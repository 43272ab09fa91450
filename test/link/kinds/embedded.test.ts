import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { LinkOrder } from '../../../src/faults/fault.ts'
import { embedded } from '../../../src/link/kinds/embedded.ts'
import { canView } from '../../../src/link/pipe/kernel-view.ts'
import { FLOWS, type Flow } from '../../../src/model/flow.ts'
import { pair, sleep, until, world } from './sockets.ts'

describe.concurrent('the embedded link, healthy', () => {
  it('passes bytes and FIN, both ways', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    client.socket.write('up')
    broker.socket.write('down')
    client.socket.end('bye')
    await until(() => broker.told.includes('fin') && client.text === 'down')
    expect(broker.text).toBe('upbye')
    // Half-closed: the other direction goes on.
    broker.socket.write('still')
    await until(() => client.text === 'downstill')
    broker.socket.end()
    await until(() => client.told.includes('fin'))
    expect([client.told, broker.told]).toEqual([['fin'], ['fin']])
  })

  it.each(['client', 'broker'] as const)('passes an RST of the %s as an RST', async from => {
    await using here = await world()
    const ends = await pair(here)
    const other = from === 'client' ? ends.broker : ends.client
    ends[from].socket.resetAndDestroy()
    await until(() => other.told.length > 0)
    expect(other.told).toEqual(['rst'])
  })

  it('passes an RST that follows a FIN at its heels', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    client.socket.end('bye')
    await until(() => broker.told.includes('fin'))
    broker.socket.resetAndDestroy()
    await until(() => client.told.length > 0)
    expect(client.told).toEqual(['rst'])
  })

  it('hands on an RST that answers data to a closed socket', async () => {
    await using here = await world({ latencyMs: 30 })
    const { client, broker } = await pair(here)
    client.socket.destroy()
    await until(() => broker.told.includes('fin'))
    // Node looks at a socket that has had its FIN only when it writes again, so the second write finds out.
    broker.socket.write('anyone there?')
    await sleep(100)
    broker.socket.write('hello?')
    await until(() => here.events.some(event => event.what === 'rst' && event.edge === 'broker'))
  })

  it('gives the client an RST where the broker refuses', async () => {
    const nobody = createServer()
    await new Promise<void>(resolve => nobody.listen(0, '127.0.0.1', resolve))
    const { port } = nobody.address() as { port: number }
    await new Promise(resolve => nobody.close(resolve))
    await using here = await world({ upstream: { host: '127.0.0.1', port } })
    const client = await here.dial()
    await until(() => client.told.length > 0)
    expect(client.told).toEqual(['rst'])
    expect(here.events.map(event => `${event.what} ${'edge' in event ? event.edge : ''}`)).toEqual([
      'open client',
      'open broker',
      'rst broker',
      'rst client',
    ])
  })

  it('carries megabytes to a reader that stops for a while, without loss', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    broker.socket.pause()
    const sent = Buffer.alloc(24 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz')
    client.socket.end(sent)
    await sleep(200)
    // The window is full somewhere: the client could not hand over everything.
    expect(client.socket.writableLength).toBeGreaterThan(0)
    let bytes = 0
    broker.socket.removeAllListeners('data').on('data', chunk => {
      bytes += chunk.length
    })
    broker.socket.resume()
    await until(() => broker.told.includes('fin'))
    expect(bytes).toBe(sent.length)
  })
})

describe.concurrent('the embedded link under a blackhole', () => {
  it('leaks neither bytes nor FIN nor RST in a second: both ends still believe', async () => {
    await using here = await world()
    const [talks, ends, resets] = [await pair(here), await pair(here), await pair(here)]
    await here.blackhole()
    talks.client.socket.write('ping')
    talks.broker.socket.write('news')
    ends.client.socket.end('bye')
    resets.client.socket.resetAndDestroy()
    await sleep(1000)
    for (const { broker } of [talks, ends, resets]) {
      expect([broker.text, broker.told, broker.socket.readyState]).toEqual(['', [], 'open'])
    }
    expect([talks.client.text, talks.client.told]).toEqual(['', []])
    expect(here.events.filter(event => event.what === 'rst')).toMatchObject([{ edge: 'client', from: 'client' }])
    await here.heal()
    await until(() => ends.broker.told.includes('fin'))
    expect([talks.broker.text, talks.client.text, ends.broker.text]).toEqual(['ping', 'news', 'bye'])
    // The RST was lost for good, until somebody speaks to who sent it.
    expect(resets.broker.told).toEqual([])
    resets.broker.socket.write('are you there?')
    await until(() => resets.broker.told.includes('rst'))
  })

  it('needs both of two overlapping ones lifted', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    await here.blackhole('blackhole#0')
    client.socket.write('1')
    await sleep(20)
    await here.blackhole('blackhole#1')
    client.socket.write('2')
    await sleep(20)
    await here.heal('blackhole#0')
    client.socket.write('3')
    await sleep(50)
    expect(broker.text).toBe('')
    await here.heal('blackhole#1')
    await until(() => broker.text === '123')
  })

  it('opens no connection to the broker', async () => {
    await using here = await world()
    await here.blackhole()
    const client = await here.dial()
    client.socket.write('connect')
    await sleep(100)
    expect(here.accepted).toEqual([])
    await here.heal()
    await until(() => here.accepted[0]?.text === 'connect')
  })

  it('stops reading when a receive window is full', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    await here.blackhole()
    const sent = Buffer.alloc(32 * 1024 * 1024)
    client.socket.end(sent)
    await sleep(300)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    await here.heal()
    await until(() => broker.told.includes('fin'))
    expect(broker.text.length).toBe(sent.length)
  })
})

const stall = (flows: readonly Flow[]): LinkOrder => ({
  to: 'link',
  do: 'add',
  key: 'reads',
  toxic: 'stall-reads',
  attributes: {},
  flows,
})

describe.runIf(canView()).concurrent('the embedded link that reads nothing', () => {
  it("leaves what is sent in the kernel: the writer's own buffer fills, and all of it comes once it reads again", async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    await here.link.order(stall(['up']), 'stall-reads#0')
    const sent = Buffer.alloc(16 * 1024 * 1024)
    client.socket.end(sent)
    await until(() => here.events.some(event => event.what === 'fault-touched'))
    await sleep(100)
    expect(client.socket.writableLength).toBeGreaterThan(sent.length / 4)
    // The other way, all is as it was.
    broker.socket.write('hello')
    await until(() => client.text === 'hello')
    expect(broker.text).toBe('')
    await here.link.order({ to: 'link', do: 'remove', key: 'reads' }, 'stall-reads#0')
    await until(() => broker.told.includes('fin'))
    expect(broker.text.length).toBe(sent.length)
  })

  it.each([
    ['fin', 'client'],
    ['rst', 'client'],
    ['fin', 'broker'],
    ['rst', 'broker'],
  ] as const)('dates the %s of a %s that nobody reads, once, and tells nobody', async (how, side) => {
    await using here = await world()
    const ends = await pair(here)
    const other = ends[side === 'client' ? 'broker' : 'client']
    await here.link.order(stall(FLOWS), 'stall-reads#0')
    ends[side].socket.write('unread')
    await until(() => here.events.some(event => event.what === 'fault-touched'))
    const beforeMs = here.clock.nowMs()
    if (how === 'fin') ends[side].socket.destroy()
    else ends[side].socket.resetAndDestroy()
    const endsSeen = () =>
      here.events.filter(event => (event.what === 'fin' || event.what === 'rst') && event.edge === side)
    await until(() => endsSeen().length > 0)
    expect(endsSeen()).toMatchObject([{ what: how, from: side, unread: expect.any(Number) }])
    const [{ atMs = 0, lateMs = 0 } = {}] = endsSeen()
    // It is within what the date says of itself.
    expect(atMs).toBeGreaterThan(beforeMs)
    expect(atMs - lateMs).toBeLessThan(here.clock.nowMs())
    expect([other.text, other.told]).toEqual(['', []])
    await here.link.order({ to: 'link', do: 'remove', key: 'reads' }, 'stall-reads#0')
    await until(() => other.told.length > 0)
    expect(endsSeen().length).toBe(1)
  })
})

describe.concurrent('ends made by the embedded link', () => {
  it.each([
    ['client', 'rst'],
    ['broker', 'rst'],
    ['client', 'fin'],
    ['broker', 'fin'],
  ] as const)('tell the %s alone (%s); the other keeps its socket', async (side, how) => {
    await using here = await world()
    const ends = await pair(here)
    const other = ends[side === 'client' ? 'broker' : 'client']
    await here.link.order({ to: 'link', do: 'end', side, how }, 'end#0')
    await until(() => ends[side].told.length > 0)
    ends[side].socket.end()
    other.socket.write('hello?')
    await sleep(100)
    expect(ends[side].told).toEqual([how])
    expect([other.text, other.told, other.socket.readyState]).toEqual(['', [], 'open'])
  })

  it.each(['rst', 'fin'] as const)('tell both (%s)', async how => {
    await using here = await world()
    const { client, broker } = await pair(here)
    await here.link.order({ to: 'link', do: 'end', side: 'both', how }, 'end#0')
    await until(() => client.told.length > 0 && broker.told.length > 0)
    expect([client.told, broker.told]).toEqual([[how], [how]])
  })

  it('can reset a side that has been given a FIN in the same breath', async () => {
    await using here = await world()
    const { client, broker } = await pair(here)
    here.watch(event => {
      if (event.what !== 'fin' || event.edge !== 'client') return
      queueMicrotask(() => here.link.order({ to: 'link', do: 'end', side: 'client', how: 'rst' }, 'reset#0'))
    })
    broker.socket.end()
    await until(() => client.told.includes('fin'))
    await sleep(50)
    // After a mere FIN the first write would still go out.
    client.socket.write('x')
    await until(() => client.told.length === 2)
    expect(client.socket.destroyed).toBe(true)
  })
})

describe.concurrent('the embedded link as a server', () => {
  it('serves 200 connections at once, each its own', async () => {
    await using here = await world({ latencyMs: 5 })
    const clients = await Promise.all(Array.from({ length: 200 }, () => here.dial()))
    for (const [index, client] of clients.entries()) client.socket.end(`client ${index}`)
    await until(() => here.accepted.filter(broker => broker.told.includes('fin')).length === 200)
    expect(new Set(here.accepted.map(broker => broker.text)).size).toBe(200)
    expect(new Set(here.events.map(({ conn }) => conn)).size).toBe(200)
  })

  it('leaves no listening port and no socket', async () => {
    const here = await world()
    const { client, broker } = await pair(here)
    const { address } = here.link
    await here.blackhole()
    client.socket.write('held')
    await here.link[Symbol.asyncDispose]()
    await until(() => client.told.length > 0 && broker.told.length > 0)
    const refused = await new Promise(resolve =>
      connect(address).once('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
    )
    expect(refused).toBe('ECONNREFUSED')
    await here[Symbol.asyncDispose]()
  })

  it('names address and port where the port asked for is taken', async () => {
    await using here = await world()
    const { port } = here.link.address
    const kit = { clock: { kind: 'real' }, record: () => {}, random: Math.random, runId: 'x' } as never
    const upstream = { host: '127.0.0.1', port: 1 }
    const start = embedded.start({ kit, options: { port }, upstream, latencyMs: 0, jitterMs: 0 })
    await expect(start).rejects.toThrow(`127.0.0.1:${port}: the port is taken`)
  })
})
