/** A part of a fleet in a process of its own: devices, and the link before the broker. */
import { connect, type Socket } from 'node:net'
import type { Cancel } from '../../clock/clock.ts'
import { dated } from '../../clock/clock.ts'
import { seededRandom } from '../../clock/kit.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import type { Channel, HostedPart, PartHost } from '../../hosts/part.ts'
import type { Address } from '../../link/kinds/link.ts'
import { dialledEnd, SOCKET } from '../../link/pipe/relay.ts'
import { FleetCrew, type FleetTerms } from './fleet-crew.ts'

export interface FleetPartArgs {
  readonly terms: FleetTerms
  readonly devices: readonly number[]
  readonly recorded: readonly number[]
  readonly part: { readonly index: number; readonly of: number }
  readonly upstream: Address
  readonly runId: string
  readonly seed: number
}

export async function openPart(
  { terms, devices, recorded, part, upstream, runId, seed }: FleetPartArgs,
  _host: PartHost,
  channel: Channel | undefined,
): Promise<HostedPart> {
  if (!channel) throw new Error('a fleet belongs to one run')
  const { clock, record } = channel
  const sockets = new Set<Socket>()
  const dial = (device: number) => {
    const socket = connect({ ...upstream, ...SOCKET, ...sourceFor(device, upstream) })
    sockets.add(socket.once('close', () => sockets.delete(socket)))
    return socket
  }
  const crew = new FleetCrew({
    kit: { clock, record, random: seededRandom(seed), runId },
    terms,
    devices,
    recorded: new Set(recorded),
    part,
    far: (device, hearer) => dialledEnd(() => dial(device), hearer),
  })
  const waiting = new Set<Cancel>()
  const order = (given: LinkOrder, fault: string) => dated(clock, async () => crew.order(given, fault))
  let mostMb = 0
  const measure = () => {
    mostMb = Math.max(mostMb, process.memoryUsage.rss() / 2 ** 20)
  }
  return {
    reply: undefined,
    methods: {
      connect: (numbers: readonly number[], perSecond: number) => connectAll(crew, numbers, perSecond, clock),
      order,
      orderAt: (given: LinkOrder, fault: string, atMs: number) =>
        new Promise((resolve, reject) => {
          const cancel = clock.at(atMs, () => {
            waiting.delete(cancel)
            order(given, fault).then(resolve, reject)
          })
          waiting.add(cancel)
        }),
    },
    async [Symbol.asyncDispose]() {
      for (const cancel of waiting) cancel()
      measure()
      const crowd = { ...crew.figures(), ownMb: Math.round(Math.max(mostMb, peakMb())) }
      record({ who: 'harness', what: 'crowd', crowd, atMs: terms.fromMs, lateMs: 0 })
      crew.dispose()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** ru_maxrss: the most that was resident, in kilobytes. */
const peakMb = (): number => process.resourceUsage().maxRSS / 1024

/** At an even rate; resolves once all of them have their first CONNACK. */
export async function connectAll(
  crew: Pick<FleetCrew, 'connect'>,
  numbers: readonly number[],
  perSecond: number,
  clock: { nowMs(): number; at(atMs: number, act: () => void): unknown },
): Promise<void> {
  const fromMs = clock.nowMs()
  const all: Promise<void>[] = []
  await new Promise<void>(resolve => {
    const next = () => {
      const due = Math.floor(((clock.nowMs() - fromMs) * perSecond) / 1000) + 1
      for (const number of numbers.slice(all.length, due)) all.push(crew.connect(number))
      if (all.length >= numbers.length) resolve()
      else clock.at(fromMs + (all.length * 1000) / perSecond, next)
    }
    next()
  })
  await Promise.all(all)
}

/** Linux answers on all of 127.0.0.0/8: each address has some 28,000 ports of its own, and a fleet needs more of them than one has. */
const ADDRESSES = 200

function sourceFor(device: number, { host }: Address): { readonly localAddress?: string } {
  if (process.platform !== 'linux' || !host.startsWith('127.')) return {}
  return { localAddress: `127.80.0.${1 + (device % ADDRESSES)}` }
}
