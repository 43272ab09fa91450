/** Toxics that end connections, or keep them from ending. */
import { type Path, type Probe, withPath } from '../probe.ts'
import { onVirtualPath } from '../virtual.ts'

const probe = (name: string, expected: unknown, act: (path: Path) => Promise<unknown>): Probe => ({
  name,
  expected,
  observe: (kind, time) => withPath(kind, time, act),
  observeVirtual: () => onVirtualPath(act),
})

const HOUR_MS = 3_600_000

/** How both ends ended; `none` where one did not. */
async function ends({ client, upstream }: Awaited<ReturnType<Path['open']>>): Promise<string[]> {
  await Promise.all([client.ended(), upstream.ended()])
  return [client.end, upstream.end]
}

export const closingProbes: readonly Probe[] = [
  probe('slow_close delays a FIN, not bytes', ['x', '0 ms', '300 ms'], async path => {
    await path.add({ type: 'slow_close', attributes: { delay: 300 } })
    const { client, upstream } = await path.open()
    const sentMs = upstream.send('x')
    await client.got(1)
    const endedMs = upstream.finish()
    await client.ended()
    return [client.text, path.near(sentMs, client.lastByteAtMs(), 0), path.near(endedMs, client.endedAtMs(), 300)]
  }),
  probe('slow_close delays what an RST becomes', '300 ms', async path => {
    await path.add({ type: 'slow_close', attributes: { delay: 300 } })
    const { client, upstream } = await path.open()
    const endedMs = upstream.reset()
    await client.ended()
    return path.near(endedMs, client.endedAtMs(), 300)
  }),
  probe('removing slow_close lets a FIN go at once', '0 ms', async path => {
    const toxic = await path.add({ type: 'slow_close', attributes: { delay: HOUR_MS } })
    const { client, upstream } = await path.open()
    upstream.finish()
    await path.rest(50)
    const removedMs = path.nowMs()
    await toxic.remove()
    await client.ended()
    return path.near(removedMs, client.endedAtMs(), 0)
  }),
  probe('an update of slow_close counts again from the update', '300 ms', async path => {
    await path.add({ type: 'slow_close', name: 's', attributes: { delay: HOUR_MS } })
    const { client, upstream } = await path.open()
    upstream.finish()
    await path.rest(100)
    const updatedMs = path.nowMs()
    await path.update('s', { attributes: { delay: 300 } })
    await client.ended()
    return path.near(updatedMs, client.endedAtMs(), 300)
  }),

  probe('timeout closes both ends after so long', ['fin', 'fin', '300 ms'], async path => {
    await path.add({ type: 'timeout', attributes: { timeout: 300 } })
    const openedMs = path.nowMs()
    const both = await path.open()
    const how = await ends(both)
    return [...how, path.near(openedMs, both.client.endedAtMs(), 300)]
  }),
  probe('timeout drops bytes', [0, 'pong'], async path => {
    await path.add({ type: 'timeout', stream: 'upstream' })
    const { client, upstream } = await path.open()
    client.send('ping')
    upstream.send('pong')
    await client.got(4)
    await path.rest(50)
    return [upstream.bytes, client.text]
  }),
  probe(
    'timeout counts from the last chunk, so it never closes while data flows (T2)',
    ['none', '400 ms'],
    async path => {
      await path.add({ type: 'timeout', attributes: { timeout: 400 } })
      const both = await path.open()
      let sentMs = 0
      await path.paced(6, 100, 300, () => {
        sentMs = both.upstream.send('x')
      })
      const whileFlowing = both.client.end
      await ends(both)
      return [whileFlowing, path.near(sentMs, both.client.endedAtMs(), 400)]
    },
  ),
  probe('timeout of 0 does not close', ['none', 'none'], async path => {
    await path.add({ type: 'timeout' })
    const { client, upstream } = await path.open()
    await path.rest(300)
    return [client.end, upstream.end]
  }),
  probe('timeout lets a FIN through at once: who ends first tips off the other (T3)', ['fin', '0 ms'], async path => {
    for (const stream of ['upstream', 'downstream'] as const) await path.add({ type: 'timeout', stream })
    const { client, upstream } = await path.open()
    const sentMs = client.finish()
    return [await upstream.ended(), path.near(sentMs, upstream.endedAtMs(), 0)]
  }),
  probe('removing timeout closes both ends (T1)', ['fin', 'fin'], async path => {
    const toxic = await path.add({ type: 'timeout' })
    const both = await path.open()
    both.upstream.send('x')
    await path.rest(30)
    await toxic.remove()
    return ends(both)
  }),
  probe('removing timeout closes connections, too, that its toxicity spared', ['x', 'fin', 'fin'], async path => {
    const toxic = await path.add({ type: 'timeout', toxicity: 0 })
    const both = await path.open()
    both.upstream.send('x')
    await both.client.got(1)
    await toxic.remove()
    return [both.client.text, ...(await ends(both))]
  }),
  probe('timeout with toxicity turned to 0 leaves a hole in the stream (T18)', ['b', 'none'], async path => {
    await path.add({ type: 'timeout', name: 't' })
    const { client, upstream } = await path.open()
    upstream.send('a')
    await path.rest(50)
    await path.update('t', { toxicity: 0 })
    upstream.send('b')
    await client.got(1)
    return [client.text, client.end]
  }),
  probe(
    'what timeout ends in one stream still goes through the toxics of the other',
    ['0 ms', '300 ms'],
    async path => {
      await path.add({ type: 'slow_close', stream: 'upstream', attributes: { delay: 300 } })
      const both = await path.open()
      const toxic = await path.add({ type: 'timeout' })
      const removedMs = path.nowMs()
      await toxic.remove()
      await ends(both)
      return [path.near(removedMs, both.client.endedAtMs(), 0), path.near(removedMs, both.upstream.endedAtMs(), 300)]
    },
  ),

  probe('reset_peer resets both at the first chunk', ['none', 'rst', 'rst', 0], async path => {
    await path.add({ type: 'reset_peer' })
    const both = await path.open()
    await path.rest(50)
    const before = both.client.end
    both.upstream.send('x')
    return [before, ...(await ends(both)), both.client.bytes]
  }),
  probe('reset_peer waits its timeout from the first chunk', '300 ms', async path => {
    await path.add({ type: 'reset_peer', attributes: { timeout: 300 } })
    const both = await path.open()
    const sentMs = both.upstream.send('x')
    await ends(both)
    return path.near(sentMs, both.client.endedAtMs(), 300)
  }),
  probe('reset_peer turns a FIN into RST', ['rst', 'rst'], async path => {
    await path.add({ type: 'reset_peer' })
    const both = await path.open()
    both.upstream.finish()
    return ends(both)
  }),
  probe('reset_peer only closes connections that were there before it (T4)', ['fin', 'fin'], async path => {
    const both = await path.open()
    await path.add({ type: 'reset_peer' })
    both.upstream.send('x')
    return ends(both)
  }),
  probe('under reset_peer every end is an RST, even where its toxicity spared', ['x', 'rst'], async path => {
    await path.add({ type: 'reset_peer', toxicity: 0 })
    const { client, upstream } = await path.open()
    upstream.send('x')
    await client.got(1)
    client.finish()
    return [client.text, await upstream.ended()]
  }),

  probe('limit_data closes both ends after so many bytes', ['0123456789', 'fin', 'fin'], async path => {
    await path.add({ type: 'limit_data', attributes: { bytes: 10 } })
    const both = await path.open()
    both.upstream.send('0123')
    await both.client.got(4)
    both.upstream.send('456789abcdef')
    const how = await ends(both)
    return [both.client.text, ...how]
  }),
  probe('limit_data of 0 closes at the first byte (T19)', ['none', '', 'fin'], async path => {
    await path.add({ type: 'limit_data' })
    const { client, upstream } = await path.open()
    await path.rest(50)
    const before = client.end
    upstream.send('x')
    const how = await client.ended()
    return [before, client.text, how]
  }),
  probe('an update of limit_data goes on counting', ['abcdef', 'fin'], async path => {
    await path.add({ type: 'limit_data', name: 'd', attributes: { bytes: 100 } })
    const { client, upstream } = await path.open()
    upstream.send('abcd')
    await client.got(4)
    await path.update('d', { attributes: { bytes: 6 } })
    upstream.send('efgh')
    const how = await client.ended()
    return [client.text, how]
  }),

  probe(
    'latency, then slow_close: nothing of a FIN or RST gets through, either way (T15)',
    ['none', 'none', 'none'],
    async path => {
      for (const stream of ['upstream', 'downstream'] as const) {
        await path.add({ type: 'latency', stream, attributes: { latency: HOUR_MS } })
        await path.add({ type: 'slow_close', stream, attributes: { delay: HOUR_MS } })
      }
      const [a, b] = [await path.open(), await path.open()]
      a.client.finish()
      b.upstream.reset()
      await path.rest(250)
      return [a.upstream.end, b.client.end, a.client.end]
    },
  ),
  probe(
    'removed in reverse, that path heals: bytes in order, the connection lives (T16, T17)',
    ['abc', 'none', 'xyz'],
    async path => {
      const latency = await path.add({ type: 'latency', attributes: { latency: HOUR_MS } })
      const slow = await path.add({ type: 'slow_close', attributes: { delay: HOUR_MS } })
      const { client, upstream } = await path.open()
      for (const letter of 'abc') upstream.send(letter)
      await path.rest(50)
      await slow.remove()
      await latency.remove()
      await client.got(3)
      const healed = client.text
      client.send('xyz')
      await upstream.got(3)
      return [healed, client.end, upstream.text]
    },
  ),
]
