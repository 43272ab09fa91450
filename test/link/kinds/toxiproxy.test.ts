import { type ChildProcess, spawn } from 'node:child_process'
import { describe, expect, type TestContext } from 'vitest'
import type { LinkOrder } from '../../../src/faults/fault.ts'
import { openApi } from '../../../src/link/kinds/toxiproxy/api.ts'
import { refusal } from '../../../src/link/kinds/toxiproxy/toxic-recipes.ts'
import { findToxiproxy, TOXIPROXY_REMEDY, toxiproxy } from '../../../src/link/kinds/toxiproxy.ts'
import { freePort } from '../../../src/processes/port.ts'
import { it } from '../../doubt/test.ts'
import { ends, playLocally, said, scenarioOf, step } from '../../engine/scenarios.ts'
import { pair, sleep, until, type World, world } from './sockets.ts'

const binary = await findToxiproxy()
const title = (text: string) => (binary ? text : `${text} (skipped: no toxiproxy-server; ${TOXIPROXY_REMEDY})`)
const withServer = it.skipIf(!binary)

if (!binary && process.env.HALFOPEN_REQUIRE === 'all')
  it('toxiproxy-server is there', () => expect.unreachable(TOXIPROXY_REMEDY))

/** One proxy for all connections, as where no idle-cut is to come. */
async function through(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  given: { latencyMs?: number; orders?: readonly LinkOrder[] } = {},
): Promise<World> {
  const there = await world({ kind: toxiproxy, orders: [], ...given })
  onTestFinished(() => there[Symbol.asyncDispose]())
  return there
}

/** A server of the test's own. */
async function server({
  onTestFinished,
}: Pick<TestContext, 'onTestFinished'>): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(binary ?? '', ['-host', '127.0.0.1', '-port', `${port}`], { stdio: 'ignore' })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const url = `http://127.0.0.1:${port}`
  const api = openApi(url)
  for (let tries = 0; tries < 3000; tries++) {
    if (
      await api.version().then(
        () => true,
        () => false,
      )
    )
      return { url, child }
    await sleep(10)
  }
  throw new Error('toxiproxy-server did not start')
}

const ended = ({ events }: World, edge: 'client' | 'broker') =>
  events.flatMap(event =>
    (event.what === 'fin' || event.what === 'rst') && event.edge === edge ? [`${event.what} from ${event.from}`] : [],
  )

describe.concurrent('the link through a real Toxiproxy', () => {
  withServer(title('says between which moments a blackhole came into force'), async ({ onTestFinished }) => {
    const there = await through({ onTestFinished })
    const { client, broker } = await pair(there)
    const written: number[] = []
    const writing = setInterval(() => {
      written.push(there.clock.nowMs())
      client.socket.write('x')
    }, 1)
    onTestFinished(() => clearInterval(writing))
    await until(() => broker.text.length > 20)
    const askedMs = there.clock.nowMs()
    const when = await there.blackhole()
    const answeredMs = there.clock.nowMs()
    await sleep(100)
    if (!when) throw new Error('Toxiproxy did not say when')
    // An interval is rounded up to the next microsecond.
    expect(when.atMs - when.lateMs).toBeGreaterThanOrEqual(askedMs - 0.001)
    expect(when.atMs).toBeLessThanOrEqual(answeredMs)
    // What is written when it is surely in force does not get through, and most of what was written before has.
    expect(broker.text.length).toBeLessThanOrEqual(written.filter(ms => ms <= when.atMs).length)
    expect(broker.text.length).toBeGreaterThan(20)
    expect(written.filter(ms => ms > when.atMs).length).toBeGreaterThan(0)
  })

  withServer(
    title('dates both detections of a half-open path in one run, and neither end tips off the other'),
    async () => {
      const link = { ...scenarioOf({ until: '1s' }).link, name: 'toxiproxy' }
      const evidence = await playLocally(scenarioOf({ link, timeline: [step('2s', 'blackhole')], until: '7s' }))
      expect(ends(evidence, 'client', 'client')).toHaveLength(1)
      expect(ends(evidence, 'broker', 'broker')).toHaveLength(1)
      expect(ends(evidence, 'broker', 'client')).toEqual([])
      expect(ends(evidence, 'client', 'broker')).toEqual([])
      expect(said(evidence, 'broker', 'keepalive-timeout')).toHaveLength(1)
      expect(said(evidence, 'client', 'error')).toHaveLength(1)
      expect(said(evidence, 'harness', 'fault-touched')).toHaveLength(1)
      expect(said(evidence, 'harness', 'trouble')).toEqual([])
    },
  )

  for (const how of ['fin', 'rst'] as const) {
    for (const first of ['client', 'broker'] as const) {
      const second = first === 'client' ? 'broker' : 'client'
      withServer(
        title(`lets no ${how.toUpperCase()} of the ${first} out at the ${second} under a blackhole`),
        async ({ onTestFinished }) => {
          const there = await through({ onTestFinished })
          const both = await pair(there)
          await there.blackhole()
          if (how === 'fin') both[first].socket.end('last words')
          else both[first].socket.resetAndDestroy()
          await until(() => ended(there, first).length > 0)
          await sleep(700)
          expect(ended(there, first)).toEqual([`${how} from ${first}`])
          expect(ended(there, second)).toEqual([])
          expect(both[second].told).toEqual([])
          expect(both[second].text).toBe('')
        },
      )
    }
  }

  withServer(
    title('lets go of everything in order when it heals, and the connection lives'),
    async ({ onTestFinished }) => {
      const there = await through({ onTestFinished })
      const { client, broker } = await pair(there)
      client.socket.write('before ')
      await until(() => broker.text === 'before ')
      await there.blackhole()
      for (let number = 0; number < 50; number++) {
        client.socket.write(`up${number} `)
        broker.socket.write(`down${number} `)
      }
      await sleep(200)
      expect([broker.text, client.text]).toEqual(['before ', ''])
      await there.heal()
      const all = (word: string) => Array.from({ length: 50 }, (_, number) => `${word}${number} `).join('')
      await until(() => client.text === all('down') && broker.text === `before ${all('up')}`)
      client.socket.write('after')
      await until(() => broker.text.endsWith('after'))
      expect([...client.told, ...broker.told]).toEqual([])
    },
  )

  withServer(title('keeps a new connection from its broker until it heals'), async ({ onTestFinished }) => {
    const there = await through({ onTestFinished })
    await there.blackhole()
    const client = await there.dial()
    client.socket.write('hello')
    await sleep(300)
    expect(there.accepted).toEqual([])
    await there.heal()
    await until(() => there.accepted[0]?.text === 'hello')
  })

  withServer(title('hands on a FIN and an RST as what they are'), async ({ onTestFinished }) => {
    const there = await through({ onTestFinished })
    const [one, other] = [await pair(there), await pair(there)]
    one.client.socket.resetAndDestroy()
    other.broker.socket.end()
    await until(() => one.broker.told.includes('rst') && other.client.told.includes('fin'))
    expect(there.events.filter(({ what, conn }) => what === 'rst' && conn === 1)).toHaveLength(2)
    expect(there.events.filter(({ what, conn }) => what === 'fin' && conn === 2)).toHaveLength(2)
    // Toxiproxy closes both its sockets at once; that is not the client's doing.
    expect(other.broker.told).toEqual([])
  })

  withServer(title('resets one side by an RST, and the other is not told'), async ({ onTestFinished }) => {
    const there = await through({ onTestFinished })
    const { client, broker } = await pair(there)
    await there.link.order({ to: 'link', do: 'end', side: 'client', how: 'rst' }, 'reset#0')
    await until(() => client.told.includes('rst'))
    await sleep(200)
    expect(broker.told).toEqual([])
    expect(ended(there, 'client')).toEqual(['rst from fault'])
  })

  withServer(title('knows which connection is which, with fifty at once on one proxy'), async ({ onTestFinished }) => {
    const there = await through({ onTestFinished })
    const clients = await Promise.all(Array.from({ length: 50 }, () => there.dial()))
    const ids = clients.map((_, number) => `client-${String(number).padStart(2, '0')}`)
    for (const [number, { socket }] of clients.entries()) socket.write(connectPacket(ids[number] ?? ''))
    await until(() => seenAt(there, 'broker').size === 50)
    expect([...seenAt(there, 'broker')].sort()).toEqual([...seenAt(there, 'client')].sort())
    expect(new Set([...seenAt(there, 'client').values()])).toEqual(new Set(ids))
  })

  withServer(title('forgets one silent connection and leaves another alone'), async ({ time, onTestFinished }) => {
    const add = { to: 'link', do: 'add', key: 'table', toxic: 'idle-cut', flows: ['up', 'down'] } as const
    const rest = { refreshedBy: 'both', onExpiry: 'silent', onNext: 'drop', scope: 'both', recreate: 'none' }
    const order: LinkOrder = { ...add, attributes: { afterMs: 400, ...rest } }
    const there = await through({ onTestFinished }, { orders: [order] })
    // Toxiproxy, which this process started, works for what is measured.
    time.alsoOf(process.pid)
    const silent = await pair(there)
    let fromMs = time.nowMs()
    const busy = await pair(there)
    await there.link.order(order, 'idle-cut#0')
    // Its silence counts from its last activity, which was before the order.
    time.must('the order', fromMs, { latestMs: 300 })
    fromMs = time.nowMs()
    for (let number = 0; number < 6; number++) {
      fromMs = time.nowMs()
      busy.client.socket.write('x')
      await sleep(120)
      time.must('a pause of the busy client', fromMs, { latestMs: 300 })
    }
    await until(() => there.events.some(({ what }) => what === 'fault-held'))
    silent.client.socket.write('too late')
    silent.client.socket.end()
    busy.client.socket.write('!')
    time.must('the last pause of the busy client', fromMs, { latestMs: 300 })
    await until(() => busy.broker.text === 'xxxxxx!')
    await sleep(200)
    expect([silent.broker.text, silent.broker.told]).toEqual(['', []])
    expect(there.events.filter(({ what }) => what === 'fault-held')).toMatchObject([{ conn: 1, fault: 'idle-cut#0' }])
  })

  withServer(title('delays bytes and ends alike'), async ({ time, onTestFinished }) => {
    const fromMs = time.nowMs()
    const there = await through({ onTestFinished }, { latencyMs: 150 })
    const client = await there.dial()
    client.socket.write('hello')
    await until(() => there.accepted[0]?.text === 'hello')
    await sleep(50)
    client.socket.end()
    await until(() => there.accepted[0]?.told.includes('fin') === true)
    const at = (edge: string, what: string) =>
      there.events.find(event => 'edge' in event && event.edge === edge && event.what === what)?.atMs ?? Number.NaN
    const doubt = time.doubt(fromMs, time.nowMs())
    for (const what of ['open', 'fin']) {
      const tookMs = at('broker', what) - at('client', what)
      time.claim(`the ${what} on its way`, tookMs, { earliestMs: 145, latestMs: 250, spareMs: 100 }, doubt)
    }
  })

  withServer(title('leaves no proxy behind on a Toxiproxy that others use'), async ({ onTestFinished }) => {
    const { url } = await server({ onTestFinished })
    const there = await world({
      kind: { ...toxiproxy, start: context => toxiproxy.start({ ...context, options: { url } }) },
    })
    await pair(there)
    const proxies = async () => Object.keys((await (await fetch(`${url}/proxies`)).json()) as object)
    expect(await proxies()).toEqual([expect.stringMatching(/^halfopen-test\d+-1$/)])
    await there[Symbol.asyncDispose]()
    expect(await proxies()).toEqual([])
  })
})

describe.concurrent('errors of a Toxiproxy', () => {
  withServer(title('say which call it was and what it answered'), async ({ onTestFinished }) => {
    const { url } = await server({ onTestFinished })
    const api = openApi(url)
    await api.createProxy('twice', '127.0.0.1:0', '127.0.0.1:9')
    await expect(api.createProxy('twice', '127.0.0.1:0', '127.0.0.1:9')).rejects.toThrow(
      `Toxiproxy at ${url} answered 409 to POST /proxies: {"error":"proxy already exists","status":409}`,
    )
  })

  withServer(title('come from a stopped server too, in time'), async ({ onTestFinished }) => {
    const { url, child } = await server({ onTestFinished })
    child.kill('SIGSTOP')
    const api = openApi(url, 300)
    await expect(api.createProxy('late', '127.0.0.1:0', '127.0.0.1:9')).rejects.toThrow(
      `Toxiproxy at ${url} did not answer POST /proxies within 0.3 s`,
    )
  })

  it('name the address where nothing answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await expect(openApi(url).version()).rejects.toThrow(
      `no Toxiproxy answers at ${url} (GET /version): connect ECONNREFUSED`,
    )
  })

  it('are not waited for where the order can never be carried out faithfully', ({ expect }) => {
    const order = (bytesPerS: number): LinkOrder => {
      return { to: 'link', do: 'add', key: 'path', toxic: 'bandwidth', attributes: { bytesPerS }, flows: ['up'] }
    }
    expect(refusal(order(2000))).toBeUndefined()
    expect(refusal(order(1500))).toBe("Toxiproxy's bandwidth is in whole kilobytes a second, not 1500 bytes")
  })
})

/** MQTT 3.1.1 §3.1. */
function connectPacket(clientId: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 4]),
    Buffer.from('MQTT'),
    Buffer.from([4, 2, 0, 60, 0, clientId.length]),
    Buffer.from(clientId),
  ])
  return Buffer.concat([Buffer.from([0x10, body.length]), body])
}

/** The client ids that were seen at an edge, by connection. */
const seenAt = ({ events }: World, edge: string): Map<number, string> =>
  new Map(
    events.flatMap(event =>
      event.what === 'packet' && event.edge === edge && event.packet.cmd === 'connect'
        ? [[event.conn ?? 0, event.packet.clientId ?? ''] as const]
        : [],
    ),
  )
