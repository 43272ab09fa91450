/** What becomes of connections: closing, disabling, chance, counting. */
import type { Time } from '../../../doubt/test.ts'
import { raw } from '../http.ts'
import { dial } from '../peer.ts'
import { type Probe, type ServerPath, withApi, withPath } from '../probe.ts'
import type { Kind } from '../servers.ts'

const probe = (name: string, expected: unknown, act: (path: ServerPath) => Promise<unknown>): Probe => ({
  name,
  expected,
  observe: (kind, time) => withPath(kind, time, act),
})

type Both = Awaited<ReturnType<ServerPath['open']>>

async function ends({ client, upstream }: Both): Promise<string[]> {
  await Promise.all([client.ended(), upstream.ended()])
  return [client.end, upstream.end]
}

const refused = (port: number) =>
  dial(port).then(
    () => false,
    () => true,
  )

/** For each of them in turn, whether a toxic that drops bytes hits it. */
async function hits(path: ServerPath, connections: readonly Both[], letter: string): Promise<boolean[]> {
  const before = connections.map(({ client }) => client.bytes)
  for (const { upstream } of connections) upstream.send(letter)
  await path.rest(200)
  return connections.map(({ client }, index) => client.bytes === before[index])
}

async function many(path: ServerPath, count: number): Promise<Both[]> {
  const connections: Both[] = []
  for (let opened = 0; opened < count; opened++) connections.push(await path.open())
  return connections
}

const pattern = (kind: Kind, time: Time, seed: number): Promise<string> =>
  withPath(
    kind,
    time,
    async path => {
      await path.add({ type: 'timeout', toxicity: 0.5 })
      return (await hits(path, await many(path, 48), 'x')).map(hit => (hit ? 'x' : '.')).join('')
    },
    { seed },
  )

const metric = (text: string, name: string, direction: string): number | undefined => {
  const line = text.split('\n').find(row => row.startsWith(`${name}{`) && row.includes(`direction="${direction}"`))
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
}

/** Both directions, received and sent. */
async function counted(url: string): Promise<(number | undefined)[]> {
  const { text } = await raw(url, 'GET', '/metrics')
  return ['upstream', 'downstream'].flatMap(direction =>
    ['received', 'sent'].map(what => metric(text, `toxiproxy_proxy_${what}_bytes_total`, direction)),
  )
}

async function carry({ client, upstream }: Both): Promise<void> {
  client.send('12345')
  upstream.send('123')
  await Promise.all([client.got(3), upstream.got(5)])
}

export const connectionProbes: readonly Probe[] = [
  probe('what a client gets that closed only its own half before the answer', '', async path => {
    const { client, upstream } = await path.open()
    client.send('ask')
    client.finish()
    await upstream.ended()
    upstream.send('answer')
    await client.until(() => client.bytes === 6 || client.end !== 'none')
    return client.text
  }),
  probe('an RST becomes a FIN at the other end (T3)', ['fin', 'fin'], async path => {
    const [a, b] = [await path.open(), await path.open()]
    a.client.reset()
    b.upstream.reset()
    return [await a.upstream.ended(), await b.client.ended()]
  }),
  {
    name: 'where the upstream refuses, the client gets a FIN',
    expected: 'fin',
    observe: (kind, time) =>
      withApi(kind, time, async ({ client }) => {
        const proxy = await client.createProxy({ name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' })
        return (await dial(Number(proxy.listen.split(':')[1]))).ended()
      }),
  },
  probe('disabling sends FIN to both ends and refuses new connections (T6)', ['fin', 'fin', true], async path => {
    const both = await path.open()
    await path.api.ask('PATCH', '/proxies/p', { enabled: false })
    return [...(await ends(both)), await refused(path.port)]
  }),
  probe('disabling loses what is in flight', ['fin', 0], async path => {
    await path.add({ type: 'latency', attributes: { latency: 1000 } })
    const { client, upstream } = await path.open()
    upstream.send('lost')
    await path.rest(50)
    await path.api.ask('PATCH', '/proxies/p', { enabled: false })
    return [await client.ended(), client.bytes]
  }),
  probe('enabled again, it listens on the same port and has its toxics', [true, 0], async path => {
    await path.add({ type: 'timeout' })
    await path.api.ask('PATCH', '/proxies/p', { enabled: false })
    await path.api.ask('PATCH', '/proxies/p', { enabled: true })
    const { client, upstream } = await path.open()
    upstream.send('dropped')
    await path.rest(50)
    const { listen } = await path.api.client.get('p')
    return [listen === path.proxy.listen, client.bytes]
  }),
  probe('an update to the same address keeps connections', 'none', async path => {
    const both = await path.open()
    await path.api.ask('PATCH', '/proxies/p', { listen: `localhost:${path.port}`, enabled: true })
    await path.rest(150)
    return both.client.end
  }),
  probe('an update of the upstream drops connections', ['fin', 'fin'], async path => {
    const both = await path.open()
    await path.api.ask('PATCH', '/proxies/p', { upstream: '127.0.0.1:9' })
    return ends(both)
  }),
  probe('deleting a proxy sends FIN to both ends and frees the port', ['fin', 'fin', true], async path => {
    const both = await path.open()
    await path.proxy.remove()
    return [...(await ends(both)), await refused(path.port)]
  }),

  probe('toxicity 0 hits no connection, 1 hits each', [0, 10], async path => {
    const connections = await many(path, 10)
    const spares = await path.add({ type: 'timeout', name: 'none', toxicity: 0, stream: 'upstream' })
    const none = (await hits(path, connections, 'a')).filter(hit => hit).length
    await path.add({ type: 'timeout', name: 'all', toxicity: 1 })
    const all = (await hits(path, connections, 'b')).filter(hit => hit).length
    return [spares.toxicity === 0 ? none : Number.NaN, all]
  }),
  probe('toxicity 0.5 hits about half of the connections, each for good', [true, true], async path => {
    await path.add({ type: 'timeout', toxicity: 0.5 })
    const connections = await many(path, 64)
    const first = await hits(path, connections, 'a')
    const second = await hits(path, connections, 'b')
    const count = first.filter(hit => hit).length
    return [count > 12 && count < 52, String(first) === String(second)]
  }),
  probe('an update draws again', true, async path => {
    await path.add({ type: 'timeout', name: 't', toxicity: 0.5 })
    const connections = await many(path, 64)
    const first = await hits(path, connections, 'a')
    await path.update('t', { toxicity: 0.5 })
    return String(first) !== String(await hits(path, connections, 'b'))
  }),
  probe('a toxic draws again when another is added behind it', true, async path => {
    await path.add({ type: 'timeout', toxicity: 0.5 })
    const connections = await many(path, 64)
    const first = await hits(path, connections, 'a')
    await path.add({ type: 'noop' })
    return String(first) !== String(await hits(path, connections, 'b'))
  }),
  {
    name: 'the same seed hits the same connections (T9)',
    expected: false,
    observe: async (kind, time) => {
      const [first, second] = [await pattern(kind, time, 42), await pattern(kind, time, 42)]
      return first === second
    },
  },

  {
    name: 'GET /metrics without a flag (T8)',
    expected: 404,
    observe: (kind, time) => withApi(kind, time, async ({ url }) => (await raw(url, 'GET', '/metrics')).status),
  },
  {
    name: 'bytes are counted under these names, by direction, once connections have closed',
    expected: [5, 5, 3, 3],
    observe: (kind, time) =>
      withPath(
        kind,
        time,
        async path => {
          const both = await path.open()
          await carry(both)
          both.client.finish()
          both.upstream.finish()
          await ends(both)
          await path.rest(50)
          return counted(path.api.url)
        },
        { flags: ['-proxy-metrics'] },
      ),
  },
  {
    name: 'counters have these labels',
    expected: ['direction', 'listener', 'proxy', 'upstream'],
    observe: (kind, time) =>
      withPath(
        kind,
        time,
        async path => {
          const both = await path.open()
          await carry(both)
          both.client.finish()
          both.upstream.finish()
          await ends(both)
          await path.rest(50)
          const { text } = await raw(path.api.url, 'GET', '/metrics')
          const line = text.split('\n').find(row => row.startsWith('toxiproxy_proxy_sent_bytes_total{')) ?? ''
          return [...line.matchAll(/(\w+)="/g)].map(match => match[1]).sort()
        },
        { flags: ['-proxy-metrics'] },
      ),
  },
  {
    name: 'bytes of a connection are counted while it lives (T8)',
    expected: [undefined, undefined, undefined, undefined],
    observe: (kind, time) =>
      withPath(
        kind,
        time,
        async path => {
          const both = await path.open()
          await carry(both)
          return counted(path.api.url)
        },
        { flags: ['-proxy-metrics'] },
      ),
  },
]
