/** Toxics that make bytes late, seen at both raw sockets. */
import type { Peer } from '../peer.ts'
import { EARLY_MS, type Path, type Probe, withPath } from '../probe.ts'
import { onVirtualPath } from '../virtual.ts'

const probe = (name: string, expected: unknown, act: (path: Path) => Promise<unknown>): Probe => ({
  name,
  expected,
  observe: (kind, time) => withPath(kind, time, act),
  observeVirtual: () => onVirtualPath(act),
})

const KB = 1000

/**
 * From `firstMs` on, at most `size` bytes for each `everyMs` that has begun. Pieces that are read late are read as one, so neither
 * their number nor their sizes tell; but none can come early.
 */
function isPaced({ log }: Peer, firstMs: number, size: number, everyMs: number): boolean {
  let bytes = 0
  return log.every(entry => {
    bytes += entry.bytes
    return bytes <= size * (1 + Math.floor((entry.atMs + EARLY_MS - firstMs) / everyMs))
  })
}

export const shapingProbes: readonly Probe[] = [
  probe('without toxics bytes pass both ways at once', ['0 ms', '0 ms', 'ping', 'pong'], async path => {
    const { client, upstream } = await path.open()
    const upMs = client.send('ping')
    await upstream.got(4)
    const downMs = upstream.send('pong')
    await client.got(4)
    return [
      path.near(upMs, upstream.lastByteAtMs(), 0),
      path.near(downMs, client.lastByteAtMs(), 0),
      upstream.text,
      client.text,
    ]
  }),
  probe('latency delays its own stream only', ['200 ms', '0 ms'], async path => {
    await path.add({ type: 'latency', stream: 'downstream', attributes: { latency: 200 } })
    const { client, upstream } = await path.open()
    const upMs = client.send('ping')
    await upstream.got(4)
    const downMs = upstream.send('pong')
    await client.got(4)
    return [path.near(downMs, client.lastByteAtMs(), 200), path.near(upMs, upstream.lastByteAtMs(), 0)]
  }),
  probe('jitter stays within its bounds', Array(8).fill(true), async path => {
    await path.add({ type: 'latency', attributes: { latency: 100, jitter: 50 } })
    const { client, upstream } = await path.open()
    const within: boolean[] = []
    for (let count = 1; count <= 8; count++) {
      const sentMs = upstream.send('x')
      await client.got(count)
      within.push(path.within(sentMs, client.lastByteAtMs(), 50, 150))
    }
    return within
  }),
  probe('two latencies add up', '200 ms', async path => {
    for (const name of ['a', 'b']) await path.add({ type: 'latency', name, attributes: { latency: 100 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send('x')
    await client.got(1)
    return path.near(sentMs, client.lastByteAtMs(), 200)
  }),
  probe('latency does not delay a FIN with nothing in flight (T14)', ['fin', '0 ms'], async path => {
    await path.add({ type: 'latency', attributes: { latency: 500 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.finish()
    return [await client.ended(), path.near(sentMs, client.endedAtMs(), 0)]
  }),
  probe('a FIN never overtakes bytes in flight', ['xyz', '300 ms'], async path => {
    await path.add({ type: 'latency', attributes: { latency: 300 } })
    const { client, upstream } = await path.open()
    upstream.send('xyz')
    const sentMs = upstream.finish()
    await client.ended()
    return [client.text, path.near(sentMs, client.endedAtMs(), 300)]
  }),
  probe('removing latency delivers what is in flight (T7)', ['0 ms', 'abc'], async path => {
    const toxic = await path.add({ type: 'latency', attributes: { latency: 60_000 } })
    const { client, upstream } = await path.open()
    for (const letter of 'abc') {
      upstream.send(letter)
      await path.rest(20)
    }
    const removedMs = path.nowMs()
    await toxic.remove()
    await client.got(3)
    return [path.near(removedMs, client.lastByteAtMs(), 0), client.text]
  }),
  probe(
    'an update of latency lets the first chunk go, and counts the rest from when they came',
    ['a', 'abc', '1500 ms'],
    async path => {
      await path.add({ type: 'latency', name: 'l', attributes: { latency: 60_000 } })
      const { client, upstream } = await path.open()
      const sentMs: number[] = []
      for (const letter of 'abc') {
        sentMs.push(upstream.send(letter))
        await path.rest(30)
      }
      await path.update('l', { attributes: { latency: 1500 } })
      await client.got(1)
      const first = client.text
      await client.got(3)
      return [first, client.text, path.near(sentMs[2] ?? 0, client.lastByteAtMs(), 1500)]
    },
  ),
  probe('adding a toxic after latency lets the chunk go that it has in hand', 'x at once', async path => {
    await path.add({ type: 'latency', attributes: { latency: 600 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send('x')
    await path.rest(30)
    const addedMs = path.nowMs()
    await path.add({ type: 'noop' })
    await client.got(1)
    if (path.within(sentMs, client.lastByteAtMs(), 600, 600)) return 'x later'
    return path.within(addedMs, client.lastByteAtMs(), 0, 0) ? 'x at once' : 'neither'
  }),

  probe('bandwidth lets so many kilobytes through a second', ['500 ms', 50 * KB], async path => {
    await path.add({ type: 'bandwidth', attributes: { rate: 100 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send(Buffer.alloc(50 * KB))
    await client.got(50 * KB)
    return [path.near(sentMs, client.lastByteAtMs(), 500), client.bytes]
  }),
  probe('bandwidth sends big chunks in steps of 100 ms', [true, '300 ms'], async path => {
    await path.add({ type: 'bandwidth', attributes: { rate: 10 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send(Buffer.alloc(3 * KB))
    await client.got(3 * KB)
    return [isPaced(client, sentMs + 100, KB, 100), path.near(sentMs, client.lastByteAtMs(), 300)]
  }),
  probe('bandwidth of 0 lets nothing through, until it is removed', [0, 5], async path => {
    const toxic = await path.add({ type: 'bandwidth' })
    const { client, upstream } = await path.open()
    upstream.send('hello')
    await path.rest(250)
    const before = client.bytes
    await toxic.remove()
    await client.got(5)
    return [before, client.bytes]
  }),

  probe(
    'slicer cuts chunks in halves until they are small enough, with a pause after each',
    ['1234567890', true, '40 ms'],
    async path => {
      await path.add({ type: 'slicer', attributes: { average_size: 5, delay: 40_000 } })
      const { client, upstream } = await path.open()
      const sentMs = upstream.send('1234567890')
      await client.got(10)
      return [client.text, isPaced(client, sentMs, 5, 40), path.near(sentMs, client.lastByteAtMs(), 40)]
    },
  ),
  probe('slicer varies the pieces by no more than it is told', [true, true], async path => {
    await path.add({ type: 'slicer', attributes: { average_size: 20, size_variation: 10, delay: 40_000 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send(Buffer.alloc(200))
    await client.got(200)
    // Seven pieces at least, and so six pauses.
    return [isPaced(client, sentMs, 30, 40), path.within(sentMs, client.lastByteAtMs(), 6 * 40, 20 * 40)]
  }),
  probe('slicer delays a FIN by its last pause', '100 ms', async path => {
    await path.add({ type: 'slicer', attributes: { average_size: 10, delay: 100_000 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send('x')
    upstream.finish()
    await client.ended()
    return path.near(sentMs, client.endedAtMs(), 100)
  }),
  probe('removing slicer delivers the rest at once', ['12345678', '0 ms'], async path => {
    const toxic = await path.add({ type: 'slicer', attributes: { average_size: 1, delay: 500_000 } })
    const { client, upstream } = await path.open()
    upstream.send('12345678')
    await client.got(1)
    const removedMs = path.nowMs()
    await toxic.remove()
    await client.got(8)
    return [client.text, path.near(removedMs, client.lastByteAtMs(), 0)]
  }),
]
