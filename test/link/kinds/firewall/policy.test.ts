/** The idle time-out of connection tracking by nft's `ct timeout`: for the broker's port, and for that port alone. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { realClock } from '../../../../src/clock/real.ts'
import type { LinkOrder } from '../../../../src/faults/fault.ts'
import { faults } from '../../../../src/faults/index.ts'
import { allowed } from '../../../../src/labs/netns/allowed.ts'
import { openWorld, type World } from '../../../../src/labs/netns/world.ts'
import { firewallFrom } from '../../../../src/link/kinds/firewall/firewall-kind.ts'
import { policySeconds } from '../../../../src/link/kinds/firewall/idle-rules.ts'
import { it } from '../../../doubt/test.ts'

const machine = await allowed()
if (!('right' in machine) && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

const PORT = 1883
const OTHER_PORT = 8883

function ordersOf(name: string, params: unknown): readonly LinkOrder[] {
  const fault = faults.get(name)
  const orders = fault?.on(fault.options.parse(params), 2000) ?? []
  return orders.filter(order => order.to === 'link')
}

describe('the time-out of a policy', () => {
  it('is that of the idle-cut that will be', () => {
    expect(policySeconds(ordersOf('idle-cut', { after: '3s', activity: 'packet' }))).toBe(3)
    expect(policySeconds(ordersOf('blackhole', {}))).toBeUndefined()
  })

  it('is refused where connection tracking alone is not what is wanted', () => {
    expect(() => policySeconds(ordersOf('idle-cut', { after: '3s' }))).toThrow('activity: packet')
    expect(() => policySeconds(ordersOf('idle-cut', { after: '1500ms', activity: 'packet' }))).toThrow('whole seconds')
    const two = ['2s', '3s'].flatMap(after => ordersOf('idle-cut', { after, activity: 'packet' }))
    expect(() => policySeconds(two)).toThrow('one idle-cut')
  })
})

describe.runIf('right' in machine)('a firewall with a policy', () => {
  it('forgets a silent flow of the broker’s port after its time-out, and one of another port not', async ({ time }) => {
    if (!('right' in machine)) return
    await using world = await openWorld(machine.right)
    const orders = ordersOf('idle-cut', { after: '2s', activity: 'packet' })
    await using link = await linkIn(world, orders)
    using watched = await talk(world, PORT)
    using other = await talk(world, OTHER_PORT)
    const startMs = time.nowMs()
    for (const order of orders) await link.order(order, 'idle-cut#0')
    const before = await both(watched, other)
    // Two seconds of silence, or half a second for an answer, pass where nothing runs.
    time.unlessStill(400, startMs, () => expect(before).toEqual(['heard', 'heard']))
    const left = await secondsLeft(world)
    expect(left.get(PORT)).toBeLessThanOrEqual(2)
    expect(left.get(OTHER_PORT)).toBeGreaterThan(1000)
    await sleep(3200)
    const askedMs = time.nowMs()
    const after = await both(watched, other)
    expect(after[0]).toBe('nothing')
    time.unlessStill(400, askedMs, () => expect(after[1]).toBe('heard'))
  })

  it('gives its flows the time-out of all others once the fault is lifted', async ({ time }) => {
    if (!('right' in machine)) return
    await using world = await openWorld(machine.right)
    const orders = ordersOf('idle-cut', { after: '2s', activity: 'packet' })
    await using link = await linkIn(world, orders)
    using watched = await talk(world, PORT)
    for (const order of orders) await link.order(order, 'idle-cut#0')
    await link.order({ to: 'link', do: 'remove', key: 'table' }, 'idle-cut#0')
    const askedMs = time.nowMs()
    const said = await watched.say()
    time.unlessStill(400, askedMs, () => expect(said).toBe('heard'))
    expect((await secondsLeft(world)).get(PORT)).toBeGreaterThan(1000)
  })
})

const linkIn = ({ firewall, broker }: World, orders: readonly LinkOrder[]) => {
  const kind = firewallFrom({ open: async () => firewall, available: async () => true })
  const kit = { clock: realClock(), record: () => {}, random: Math.random, runId: 'policy' }
  const options = kind.options.parse({ timer: 'ct-timeout' })
  return kind.start({ kit, options, orders, upstream: { host: broker.host, port: PORT }, latencyMs: 0, jitterMs: 0 })
}

interface Talk extends Disposable {
  say(): Promise<'heard' | 'nothing'>
}

/** A connection to that port: whether what the client says on it is heard within half a second. */
async function talk({ client, broker }: World, port: number): Promise<Talk> {
  const address = { host: broker.host, port }
  const server = await broker.opener.listen(address, [])
  const heard: (() => void)[] = []
  const open: Socket[] = []
  server.on('connection', socket => {
    open.push(socket.on('data', () => heard.shift()?.()).on('error', () => {}))
  })
  const socket = await client.opener.dial(address, [])
  socket.on('error', () => {})
  return {
    async say() {
      const answer = new Promise<'heard'>(resolve => heard.push(() => resolve('heard')))
      socket.write('x')
      return Promise.race([answer, sleep(500, 'nothing' as const)])
    },
    [Symbol.dispose]() {
      socket.destroy()
      server.close()
      for (const accepted of open) accepted.destroy()
    },
  }
}

const both = (one: Talk, other: Talk) => Promise.all([one.say(), other.say()])

/** By the port that the flow goes to, as conntrack(8) lists it. */
async function secondsLeft({ firewall }: World): Promise<ReadonlyMap<number, number>> {
  const { said } = await firewall.executor(0).shell('conntrack --dump --proto tcp 2>/dev/null')
  const rows = said.matchAll(/^tcp +6 (\d+) ESTABLISHED .*? dport=(\d+)/gm)
  return new Map([...rows].map(([, seconds, port]) => [Number(port), Number(seconds)]))
}
