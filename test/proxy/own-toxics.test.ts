import { describe, expect, it } from 'vitest'
import { pause } from '../conformance/toxiproxy/peer.ts'
import { near, ON_BUSY_MACHINES, type Path, withPath } from '../conformance/toxiproxy/probe.ts'
import { ours } from '../conformance/toxiproxy/servers.ts'

const PINGREQ = Buffer.from([0xc0, 0])
const PINGRESP = Buffer.from([0xd0, 0])
const PUBLISH = Buffer.from([0x30, 5, 0, 1, 0x74, 0x68, 0x69])

const on = (act: (path: Path) => Promise<void>) => () => withPath(ours, act)

describe.concurrent('blackhole', ON_BUSY_MACHINES, () => {
  it(
    'holds bytes and FIN, either way; removed, they arrive in order and the connection lives',
    on(async path => {
      const toxics = await Promise.all(
        (['upstream', 'downstream'] as const).map(stream =>
          path.add({ type: 'blackhole', stream, attributes: { recovery: 'at-once' } }),
        ),
      )
      const open = path.open()
      await Promise.race([open, pause(150)])
      for (const toxic of toxics) await toxic.remove()
      const { client, upstream } = await open
      for (const stream of ['upstream', 'downstream'] as const)
        toxics.push(await path.add({ type: 'blackhole', stream, attributes: { recovery: 'at-once' } }))
      upstream.send('abc')
      upstream.send('def')
      client.finish()
      await pause(200)
      expect([client.text, client.end, upstream.end]).toEqual(['', 'none', 'none'])
      for (const toxic of toxics.slice(2)) await toxic.remove()
      await Promise.all([client.got(6), upstream.ended()])
      expect([client.text, upstream.end]).toEqual(['abcdef', 'fin'])
    }),
  )

  it(
    'lets go at the next retransmission unless told otherwise',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'blackhole' })
      expect(toxic.attributes).toEqual({ recovery: 'retransmit' })
      const lostMs = upstream.send('x')
      await pause(300)
      await toxic.remove()
      await client.got(1)
      expect(near(client.lastByteAtMs() - lostMs, 416)).toBe('416 ms')
    }),
  )

  it(
    'still holds what it held after an update',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'blackhole', name: 'b' })
      upstream.send('x')
      await path.update('b', { attributes: { recovery: 'at-once' } })
      await pause(100)
      expect(client.text).toBe('')
      const removedMs = performance.now()
      await toxic.remove()
      await client.got(1)
      expect(near(client.lastByteAtMs() - removedMs, 0)).toBe('0 ms')
    }),
  )

  it(
    'refuses an attribute that makes no sense',
    on(async path => {
      const answer = await path.api.ask('POST', '/proxies/p/toxics', {
        type: 'blackhole',
        attributes: { recovery: 'x' },
      })
      expect(answer.body).toEqual({
        error: 'bad request body: attributes.recovery has to be one of retransmit, at-once',
        status: 400,
      })
    }),
  )
})

describe.concurrent('idle_cut', ON_BUSY_MACHINES, () => {
  it(
    'lets traffic refresh it, in either direction, whichever stream it was added to',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.add({ type: 'idle_cut', attributes: { after: 400, on_expiry: 'rst-both' } })
      for (let count = 0; count < 5; count++) {
        client.send('x')
        await pause(100)
      }
      expect([client.end, upstream.end]).toEqual(['none', 'none'])
      const sentMs = performance.now() - 100
      await Promise.all([client.ended(), upstream.ended()])
      expect([client.end, upstream.end]).toEqual(['rst', 'rst'])
      expect(near(client.endedAtMs() - sentMs, 400)).toBe('400 ms')
    }),
  )

  it(
    'sends RST to whoever speaks next on a forgotten connection, and removing it brings nothing back',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'idle_cut', attributes: { after: 100, on_next: 'rst-sender' } })
      await pause(200)
      await toxic.remove()
      client.send('x')
      expect(await client.ended()).toBe('rst')
      await pause(50)
      expect([upstream.end, upstream.bytes]).toEqual(['none', 0])
    }),
  )

  it(
    'needs to know after how long',
    on(async path => {
      const { status, body } = await path.api.ask('POST', '/proxies/p/toxics', { type: 'idle_cut' })
      expect([status, body]).toEqual([400, { error: 'bad request body: attributes.after is missing', status: 400 }])
    }),
  )
})

describe.concurrent('swallow', ON_BUSY_MACHINES, () => {
  it(
    'takes named packets out of the stream, even where it comes in the middle of one',
    on(async path => {
      const { client, upstream } = await path.open()
      upstream.send(PUBLISH.subarray(0, 3))
      await client.got(3)
      await path.add({ type: 'swallow', attributes: { packets: 'pingresp, puback' } })
      upstream.send(Buffer.concat([PUBLISH.subarray(3), PINGRESP, PUBLISH]))
      await client.got(2 * PUBLISH.length)
      await pause(50)
      expect(client.text).toBe(Buffer.concat([PUBLISH, PUBLISH]).toString('latin1'))
    }),
  )

  it(
    'leaves the other stream alone',
    on(async path => {
      await path.add({ type: 'swallow', stream: 'downstream', attributes: { packets: ['pingreq'] } })
      const { client, upstream } = await path.open()
      client.send(PINGREQ)
      await upstream.got(2)
      expect(upstream.bytes).toBe(2)
    }),
  )
})

describe.concurrent('reset', ON_BUSY_MACHINES, () => {
  it(
    'sends RST to both ends of a live connection at once, which reset_peer can not (T4)',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.add({ type: 'reset' })
      expect([await client.ended(), await upstream.ended()]).toEqual(['rst', 'rst'])
    }),
  )

  it(
    'tells one side only, and the other keeps a ghost',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.add({ type: 'reset', attributes: { side: 'client', timeout: 100 } })
      expect(await client.ended()).toBe('rst')
      await pause(100)
      expect(upstream.end).toBe('none')
    }),
  )

  it(
    'meets connections opened later, too',
    on(async path => {
      await path.add({ type: 'reset', attributes: { timeout: 100 } })
      const { client, upstream } = await path.open()
      const openedMs = performance.now()
      expect([await client.ended(), await upstream.ended()]).toEqual(['rst', 'rst'])
      expect(near(client.endedAtMs() - openedMs, 100)).toBe('100 ms')
    }),
  )
})
