/** The same endpoints through toxiproxy-node-client, as its users call them. */
import type { Latency } from 'toxiproxy-node-client/dist/Toxic.js'
import { masked } from '../http.ts'
import { type Api, type Probe, withApi } from '../probe.ts'

const NEW = { name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' }
const LATENCY = {
  name: 'slow',
  type: 'latency',
  stream: 'upstream',
  toxicity: 1,
  attributes: { latency: 10, jitter: 0 },
} as const

const probe = (name: string, expected: unknown, act: (api: Api) => Promise<unknown>): Probe => ({
  name: `toxiproxy-node-client ${name}`,
  expected,
  observe: (kind, time) => withApi(kind, time, act),
})

const failure = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing',
    (error: Error) => error.message,
  )

export const clientProbes: readonly Probe[] = [
  probe(
    'creates, gets, lists and removes proxies',
    [{ ...NEW, listen: '127.0.0.1:PORT', enabled: true }, 'p', ['p'], []],
    async ({ client }) => {
      const proxy = await client.createProxy(NEW)
      const got = await client.get('p')
      const all = Object.keys(await client.getAll())
      await proxy.remove()
      return [masked({ ...proxy.toJson() }), got.name, all, Object.keys(await client.getAll())]
    },
  ),
  probe('updates a proxy', [false, true], async ({ client }) => {
    const proxy = await client.createProxy(NEW)
    const { listen, upstream } = proxy
    const off = await proxy.update({ enabled: false, listen, upstream })
    const on = await off.update({ enabled: true, listen, upstream })
    return [off.enabled, on.enabled]
  }),
  probe('populates', ['p', 'q'], async ({ client }) =>
    Object.keys(await client.populate([NEW, { ...NEW, name: 'q' }])),
  ),
  probe(
    'adds, gets, updates and removes a toxic',
    [LATENCY, LATENCY, 20, 'Request failed with status code 404'],
    async ({ client }) => {
      const proxy = await client.createProxy(NEW)
      const added = await proxy.addToxic<Latency>(LATENCY)
      const got = await proxy.getToxic('slow')
      const updated = await added.update({ ...LATENCY, attributes: { latency: 20, jitter: 0 } })
      await updated.remove()
      return [added.toJson(), got.toJson(), updated.attributes.latency, await failure(proxy.getToxic('slow'))]
    },
  ),
  probe('resets', [true, 'Request failed with status code 404'], async ({ client }) => {
    const proxy = await client.createProxy({ ...NEW, enabled: false })
    await proxy.addToxic(LATENCY)
    await client.reset()
    return [(await client.get('p')).enabled, await failure(proxy.getToxic('slow'))]
  }),
  probe(
    'tells the version',
    'string',
    async ({ client }) => typeof (JSON.parse(await client.getVersion()) as { version: string }).version,
  ),
  probe('rejects what is not there', 'Request failed with status code 404', ({ client }) => failure(client.get('q'))),
]
