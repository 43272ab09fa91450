import { availableParallelism } from 'node:os'
import type { Duplex } from 'node:stream'
import { type Clock, type Dated, spanOf } from '../../clock/clock.ts'
import type { Kit, Recorded } from '../../clock/kit.ts'
import { isReal } from '../../clock/real.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import { type HostPart, openPart } from '../../hosts/host.ts'
import type { StartedLink } from '../../link/kinds/link.ts'
import type { End, Hearer } from '../../link/pipe/ends.ts'
import { CROWD_STEP_MS, CrowdTally } from '../../model/crowd-tally.ts'
import type { Readers } from '../../sim/readers.ts'
import { SimSocket } from '../../sim/socket.ts'
import type { FleetContext, StartedFleet } from '../clients/client.ts'
import { watchLoad } from './broker-load.ts'
import { FleetCrew, type FleetTerms } from './fleet-crew.ts'
import type { FleetOptions } from './fleet-options.ts'
import { connectAll, type FleetPartArgs } from './fleet-part.ts'

const PART = new URL('./fleet-part.ts', import.meta.url).href

/** A device may have two connections for a moment: the one that it lost and has not been told of, and the one that it came back with. */
const SOCKETS_OF_A_DEVICE = 2
/** Of a process that holds none. */
const OF_A_PROCESS = 128
/** So many devices keep one processor busy while they connect. */
const OF_A_PROCESSOR = 2500

/** In how many processes so many devices live, where each may open so many files. */
export function fleetProcesses(count: number, descriptors: number): number {
  const room = Math.max(1, Math.floor((descriptors - OF_A_PROCESS) / SOCKETS_OF_A_DEVICE))
  return Math.max(Math.ceil(count / room), Math.min(availableParallelism(), Math.ceil(count / OF_A_PROCESSOR)))
}

/** The devices of each part, in turns, so that those which are recorded are spread over all of them. */
export const sharedOut = (count: number, parts: number): readonly (readonly number[])[] =>
  Array.from({ length: parts }, (_, part) =>
    Array.from({ length: Math.ceil((count - part) / parts) }, (_, i) => part + 1 + i * parts),
  )

/** The devices, and the link that all of their connections run through: in a simulation here, else on real sockets. */
export const startFleet = (context: FleetContext<FleetOptions>): Promise<StartedFleet> =>
  context.within ? startHere(context, context.within) : startProcesses(context)

async function startHere(
  context: FleetContext<FleetOptions>,
  { accept, readers }: NonNullable<FleetContext['within']>,
): Promise<StartedFleet> {
  const { kit, count, recorded } = context
  const { clock, record } = kit
  const fromMs = clock.nowMs()
  const devices = Array.from({ length: count }, (_, i) => i + 1)
  const crew = new FleetCrew({
    kit,
    terms: termsOf(context, fromMs),
    devices,
    recorded: new Set(devices.slice(0, recorded)),
    part: { index: 0, of: 1 },
    far: (_device, hearer) => simulatedEnd(accept, readers, hearer),
  })
  const wills = new CrowdTally(fromMs)
  const rate = context.options.rate / (context.of ?? 1)
  return {
    link: {
      address: context.upstream,
      async order(order, fault) {
        crew.order(order, fault)
        return undefined
      },
      async [Symbol.asyncDispose]() {},
    },
    ...gathered({ kit, recorded, wills, connect: pick => connectAll(crew, pick(devices), rate, clock) }),
    async [Symbol.asyncDispose]() {
      const { counts, ...figures } = crew.figures()
      const all = { ...counts, ...wills.figures(0).counts }
      record({ who: 'harness', what: 'crowd', crowd: { ...figures, counts: all }, atMs: fromMs, lateMs: 0 })
      crew.dispose()
    },
  }
}

/** The broker's end of a connection without a network. */
function simulatedEnd(accept: (stream: Duplex) => void, readers: Readers, hearer: Hearer): End {
  let socket: SimSocket | undefined
  return {
    open() {
      socket = new SimSocket(
        {
          sent: bytes => hearer.arrive('broker', { what: 'bytes', bytes }),
          finished: () => hearer.arrive('broker', { what: 'fin' }),
          closed() {},
          congested: congested => hearer.congested('broker', congested),
        },
        readers,
      )
      socket.establish()
      accept(socket)
      hearer.established()
    },
    write(bytes) {
      if (!socket?.receive(bytes)) hearer.arrive('broker', { what: 'rst' })
    },
    fin: () => socket?.receiveFin(),
    rst() {
      if (socket && !socket.destroyed) socket.fail('ECONNRESET')
    },
    pause: () => socket?.pauseSending(),
    resume: () => socket?.resumeSending(),
    close: () => socket?.receiveFin(),
  }
}

/** In processes of its own. */
async function startProcesses(context: FleetContext<FleetOptions>): Promise<StartedFleet> {
  const { kit, count, recorded, upstream, descriptors = Infinity } = context
  const { clock, record, runId, random } = kit
  if (!isReal(clock)) throw new Error('this fleet lives in real time')
  const fromMs = clock.nowMs()
  const terms = termsOf(context, fromMs)
  const shares = sharedOut(count, fleetProcesses(count, descriptors))
  const open = (devices: readonly number[], index: number) =>
    openPart<undefined>({
      host: `fleet ${index + 1} of ${runId}`,
      alone: true,
      module: PART,
      args: {
        terms,
        devices,
        recorded: devices.filter(device => device <= recorded),
        part: { index, of: shares.length },
        upstream,
        runId,
        seed: Math.floor(random() * 2 ** 32),
      } satisfies FleetPartArgs,
      listener: { clock, record, of: 'link' },
    })
  const parts = await Promise.all(shares.map(open))
  const load = watchLoad(context.brokerPids ?? (() => []), clock, { fromMs, stepMs: CROWD_STEP_MS })
  const wills = new CrowdTally(fromMs)
  const perSecond = terms.options.rate / (context.of ?? 1) / parts.length
  const connect = (numbers: (devices: readonly number[]) => readonly number[]) =>
    Promise.all(parts.map((part, i) => part.call('connect', numbers(shares[i] ?? []), perSecond)))
  return {
    link: linkOver(parts),
    ...gathered({ kit, recorded, wills, connect }),
    async [Symbol.asyncDispose]() {
      const { cpu, mb } = load()
      await Promise.allSettled(parts.map(part => part[Symbol.asyncDispose]()))
      const figures = wills.figures(0)
      const told = mb.some(each => each > 0)
      const crowd = { ...figures, ...(told && { brokerCpu: cpu, brokerMb: mb }) }
      record({ who: 'harness', what: 'crowd', crowd, atMs: fromMs, lateMs: 0 })
    },
  }
}

export function termsOf(context: FleetContext<FleetOptions>, fromMs: number): FleetTerms {
  const { options, keepaliveS, protocol, will, latencyMs, jitterMs } = context
  return { options, keepaliveS, protocol, will, latencyMs, jitterMs, fromMs }
}

interface Gathering {
  readonly kit: Pick<Kit, 'clock' | 'record' | 'startAtMs'>
  readonly recorded: number
  readonly wills: CrowdTally
  /** Starts those of a part's devices that are picked; resolves once they have their first CONNACK. */
  connect(pick: (devices: readonly number[]) => readonly number[]): Promise<unknown>
}

/**
 * All that are not recorded connect before the first that is: so time 0, which is the CONNACK of device 1, finds all of them there.
 */
export function gathered({
  kit: { clock, record, startAtMs },
  recorded,
  wills,
  connect,
}: Gathering): Pick<StartedFleet, 'startClient' | 'heard'> {
  let others: Promise<unknown> | undefined
  return {
    async startClient(device) {
      others ??= connect(devices => devices.filter(each => each > recorded)).then(() => waitForStart(clock, startAtMs))
      await others
      // Its CONNACK is what the engine waits for.
      void connect(devices => devices.filter(each => each === device)).catch(() => {})
      return { async [Symbol.asyncDispose]() {} }
    },
    heard(event: Recorded) {
      if (event.who === 'witness' && event.what === 'will') wills.count('wills', event.atMs ?? clock.nowMs())
      if ((event.device ?? 0) <= recorded) record(event)
    },
  }
}

/** Time 0 is when device 1 has its CONNACK, and that has to be the same moment on all machines. */
async function waitForStart(clock: Clock, startAtMs: number | undefined): Promise<void> {
  if (startAtMs === undefined) return
  const lateMs = clock.nowMs() - startAtMs
  if (lateMs > 0)
    throw new Error(
      `the fleet was connected ${(lateMs / 1000).toFixed(2)} s after the moment of --start-at: take a later one, or a higher rate`,
    )
  await clock.advanceTo(startAtMs)
}

function linkOver(parts: readonly HostPart<undefined>[]): StartedLink {
  const all = async (method: string, ...args: unknown[]): Promise<Dated | undefined> => {
    const dates = await Promise.all(parts.map(part => part.call<Dated>(method, ...args)))
    return spanOf(dates)
  }
  return {
    // Its devices stand at its near end: nobody else connects there.
    address: { host: '127.0.0.1', port: 0 },
    order: (order: LinkOrder, fault) => all('order', order, fault),
    orderAt: (order: LinkOrder, fault, atMs) => all('orderAt', order, fault, atMs),
    async [Symbol.asyncDispose]() {},
  }
}
