/** Toxics that Toxiproxy does not have, in virtual time: exact to the millisecond. */
import { describe, expect, it } from 'vitest'
import type { Path } from '../../conformance/toxiproxy/probe.ts'
import { onVirtualPath } from '../../conformance/toxiproxy/virtual.ts'

const PINGREQ = Buffer.from([0xc0, 0])
const PINGRESP = Buffer.from([0xd0, 0])
const PUBLISH = Buffer.from([0x30, 5, 0, 1, 0x74, 0x68, 0x69])

const on = (act: (path: Path) => Promise<void>) => () => onVirtualPath(act)

/** How the API answers what can't be added. */
const refusal = (path: Path, toxic: Parameters<Path['add']>[0]) =>
  path.add(toxic).then(
    () => 'taken',
    ({ status, body }) => ({ status, error: body.error }),
  )

describe('blackhole', () => {
  it(
    'holds an opening; removed, the connection is made',
    on(async path => {
      const toxics = await Promise.all(
        (['upstream', 'downstream'] as const).map(stream =>
          path.add({ type: 'blackhole', stream, attributes: { recovery: 'at-once' } }),
        ),
      )
      let isOpen = false
      const opening = path.open().then(() => {
        isOpen = true
      })
      await path.rest(150)
      expect(isOpen).toBe(false)
      for (const toxic of toxics) await toxic.remove()
      await opening
      expect(path.nowMs()).toBe(150)
    }),
  )

  it(
    'holds bytes and FIN, either way; removed, they arrive in order and the connection lives',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxics = await Promise.all(
        (['upstream', 'downstream'] as const).map(stream =>
          path.add({ type: 'blackhole', stream, attributes: { recovery: 'at-once' } }),
        ),
      )
      upstream.send('abc')
      upstream.send('def')
      client.finish()
      await path.rest(200)
      expect([client.text, client.end, upstream.end]).toEqual(['', 'none', 'none'])
      for (const toxic of toxics) await toxic.remove()
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
      await path.rest(300)
      await toxic.remove()
      await client.got(1)
      expect(path.near(lostMs, client.lastByteAtMs(), 416)).toBe('416 ms')
    }),
  )

  it(
    'still holds what it held after an update',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'blackhole', name: 'b' })
      upstream.send('x')
      await path.update('b', { attributes: { recovery: 'at-once' } })
      await path.rest(100)
      expect(client.text).toBe('')
      const removedMs = path.nowMs()
      await toxic.remove()
      await client.got(1)
      expect(path.near(removedMs, client.lastByteAtMs(), 0)).toBe('0 ms')
    }),
  )

  it(
    'refuses an attribute that makes no sense',
    on(async path => {
      expect(await refusal(path, { type: 'blackhole', attributes: { recovery: 'x' } })).toEqual({
        error: 'bad request body: attributes.recovery has to be one of retransmit, at-once',
        status: 400,
      })
    }),
  )
})

describe('idle_cut', () => {
  it(
    'lets traffic refresh it, in either direction, whichever stream it was added to',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.add({ type: 'idle_cut', attributes: { after: 400, on_expiry: 'rst-both' } })
      let sentMs = 0
      await path.paced(5, 300, 400, () => {
        sentMs = client.send('x')
      })
      expect([client.end, upstream.end]).toEqual(['none', 'none'])
      await Promise.all([client.ended(), upstream.ended()])
      expect([client.end, upstream.end]).toEqual(['rst', 'rst'])
      expect(path.near(sentMs, client.endedAtMs(), 400)).toBe('400 ms')
    }),
  )

  it(
    'sends RST to whoever speaks next on a forgotten connection, and removing it brings nothing back',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'idle_cut', attributes: { after: 100, on_next: 'rst-sender' } })
      await path.rest(200)
      await toxic.remove()
      client.send('x')
      expect(await client.ended()).toBe('rst')
      await path.rest(50)
      expect([upstream.end, upstream.bytes]).toEqual(['none', 0])
    }),
  )

  it(
    'needs to know after how long',
    on(async path => {
      expect(await refusal(path, { type: 'idle_cut' })).toEqual({
        error: 'bad request body: attributes.after is missing',
        status: 400,
      })
    }),
  )
})

describe('swallow', () => {
  it(
    'takes named packets out of the stream, even where it comes in the middle of one',
    on(async path => {
      const { client, upstream } = await path.open()
      upstream.send(PUBLISH.subarray(0, 3))
      await client.got(3)
      await path.add({ type: 'swallow', attributes: { packets: 'pingresp, puback' } })
      upstream.send(Buffer.concat([PUBLISH.subarray(3), PINGRESP, PUBLISH]))
      await client.got(2 * PUBLISH.length)
      await path.rest(50)
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

describe('reset', () => {
  it(
    'sends RST to both ends of a live connection at once, which reset_peer can not (T4)',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.rest(70)
      await path.add({ type: 'reset' })
      expect([await client.ended(), await upstream.ended()]).toEqual(['rst', 'rst'])
      expect([client.endedAtMs(), upstream.endedAtMs()]).toEqual([70, 70])
    }),
  )

  it(
    'tells one side only, and the other keeps a ghost',
    on(async path => {
      const { client, upstream } = await path.open()
      await path.add({ type: 'reset', attributes: { side: 'client', timeout: 100 } })
      expect(await client.ended()).toBe('rst')
      await path.rest(10_000)
      expect(upstream.end).toBe('none')
    }),
  )

  it(
    'meets connections opened later, too',
    on(async path => {
      await path.add({ type: 'reset', attributes: { timeout: 100 } })
      await path.rest(500)
      const { client, upstream } = await path.open()
      const openedMs = path.nowMs()
      expect([await client.ended(), await upstream.ended()]).toEqual(['rst', 'rst'])
      expect(path.near(openedMs, client.endedAtMs(), 100)).toBe('100 ms')
    }),
  )
})

describe('max_age, stall_reads and slow_reads', () => {
  it(
    'end a connection at its age, both sides',
    on(async path => {
      await path.add({ type: 'max_age', attributes: { after: 300 } })
      const { client, upstream } = await path.open()
      client.send('busy')
      await path.rest(299)
      expect([client.end, upstream.end]).toEqual(['none', 'none'])
      await path.rest(2)
      expect([client.end, upstream.end]).toEqual(['fin', 'fin'])
    }),
  )

  it(
    'keep what is sent until they are removed',
    on(async path => {
      const { client, upstream } = await path.open()
      const toxic = await path.add({ type: 'stall_reads', stream: 'upstream' })
      client.send('one')
      upstream.send('other')
      await path.rest(100)
      expect([client.text, upstream.text]).toEqual(['other', ''])
      await toxic.remove()
      await path.rest(1)
      expect(upstream.text).toBe('one')
    }),
  )

  it(
    'refuse what they do not take',
    on(async path => {
      expect(await refusal(path, { type: 'max_age', attributes: {} })).toMatchObject({ status: 400 })
      expect(await refusal(path, { type: 'slow_reads', attributes: { rate: 0 } })).toMatchObject({ status: 400 })
    }),
  )
})
