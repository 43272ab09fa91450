import { randomBytes } from 'node:crypto'
import { realClock } from './clock/real.ts'
import type { Fault, LinkOrder, Order } from './faults/fault.ts'
import { faults } from './faults/index.ts'
import { embedded } from './link/kinds/embedded.ts'
import type { Address, StartedLink } from './link/kinds/link.ts'
import type { Event } from './model/event.ts'
import type { FaultInput } from './scenario/define.ts'
import { messageOf } from './text/message-of.ts'
import { atPlace, IN_WORDS } from './text/schema-words.ts'

export interface LinkToOptions {
  /** Where the service listens that the link stands before: `{ host, port }`, or `127.0.0.1:5432`. */
  readonly upstream: Address | string
  /** Where the link listens, on 127.0.0.1; absent: a free port. */
  readonly port?: number
  /** One way, each way, in milliseconds. */
  readonly latencyMs?: number
  readonly jitterMs?: number
  /** What K stands for in a fault's durations, in milliseconds; absent: they may not be in K. */
  readonly keepaliveMs?: number
}

/** A fault in force. Disposing it lifts it. */
export interface FaultInForce extends AsyncDisposable {
  /** `blackhole#0`, as events call it. */
  readonly name: string
  /** Resolves once it is lifted; a second call does nothing. */
  lift(): Promise<void>
}

/** A link before any TCP service, on this machine: what it is told to do to connections, and what both of its edges saw. */
export interface HalfopenLink extends AsyncDisposable, Address {
  /** `127.0.0.1:40123`. */
  readonly address: string
  /**
   * What happened until now, in order. `atMs` counts from the link's start. Each open, FIN and RST is dated at both edges; MQTT also
   * packet by packet, other bytes as `data` (how many, and when).
   */
  readonly events: readonly Event[]
  /** As in a scenario's timeline: `link.fault('reset')`, `link.fault({ blackhole: { direction: 'up' } })`. Rejects where it can't be done. */
  fault(fault: FaultInput): Promise<FaultInForce>
  /** The first event for which `is` holds, of those that were and those to come. Rejects where there is none within `withinMs` (10,000). */
  seen(is: (event: Event) => boolean, options?: { readonly withinMs?: number }): Promise<Event>
}

const WITHIN_MS = 10_000

/** Starts a link. `await using` takes it down, with all of its connections. */
export async function startLink({ upstream, port, keepaliveMs = NaN, ...path }: LinkToOptions): Promise<HalfopenLink> {
  const clock = realClock()
  const events: Event[] = []
  const watchers = new Set<(event: Event) => void>()
  const record = (body: Omit<Event, 'atMs'> & { readonly atMs?: number }) => {
    const event = { ...body, atMs: body.atMs ?? clock.nowMs() } as Event
    events.push(event)
    for (const watcher of [...watchers]) watcher(event)
  }
  const link = await embedded.start({
    kit: { clock, record, random: Math.random, runId: randomBytes(4).toString('hex') },
    options: port === undefined ? {} : { port },
    upstream: typeof upstream === 'string' ? addressOf(upstream) : upstream,
    latencyMs: path.latencyMs ?? 0,
    jitterMs: path.jitterMs ?? 0,
  })
  let ordered = 0
  return {
    ...link.address,
    address: `${link.address.host}:${link.address.port}`,
    events,
    async fault(given) {
      const { kind, params } = readFault(given)
      const on = linkOrders(kind, () => kind.on(params, keepaliveMs))
      if (on.some(hasNaN))
        throw new TypeError(`${kind.name}: a duration in K needs keepaliveMs, which startLink was not given`)
      const name = `${kind.name}#${ordered++}`
      return inForce({ link, record, name, kind, on, params })
    },
    seen(is, { withinMs = WITHIN_MS } = {}) {
      const already = events.find(is)
      if (already) return Promise.resolve(already)
      return new Promise((resolve, reject) => {
        const stop = clock.at(clock.nowMs() + withinMs, () => {
          watchers.delete(watcher)
          reject(new Error(`nothing of the kind was seen within ${withinMs} ms`))
        })
        const watcher = (event: Event) => {
          if (!is(event)) return
          stop()
          watchers.delete(watcher)
          resolve(event)
        }
        watchers.add(watcher)
      })
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}

interface Forcing {
  readonly link: StartedLink
  readonly record: (body: Omit<Event, 'atMs'> & { readonly atMs?: number }) => void
  readonly name: string
  readonly kind: Fault
  readonly params: unknown
  readonly on: readonly LinkOrder[]
}

/** The same marks as in a run: asked, held, touched, lifted. */
async function inForce({ link, record, name, kind, params, on }: Forcing): Promise<FaultInForce> {
  const mark = (what: 'fault-asked' | 'fault-held' | 'fault-lifted', when = {}) =>
    record({ who: 'harness', what, fault: name, ...when } as Omit<Event, 'atMs'>)
  mark('fault-asked')
  let when = {}
  for (const order of on) when = { ...(await link.order(order, name)) }
  if (kind.holds === 'order') mark('fault-held', when)
  let lifting: Promise<void> | undefined
  const lift = async () => {
    for (const order of linkOrders(kind, () => kind.off(params, 0))) await link.order(order, name)
    mark('fault-lifted')
  }
  return {
    name,
    lift() {
      lifting ??= lift()
      return lifting
    },
    [Symbol.asyncDispose]() {
      lifting ??= lift()
      return lifting
    },
  }
}

function readFault(given: FaultInput): { readonly kind: Fault; readonly params: unknown } {
  const [[name = '', options] = []] = typeof given === 'string' ? [[given, {}] as const] : Object.entries(given)
  const kind = faults.get(name)
  if (!kind) throw new TypeError(`no fault is called ${name}; there are ${[...faults.keys()].join(', ')}`)
  const read = kind.options.safeParse(options ?? {}, IN_WORDS)
  if (!read.success)
    throw new TypeError(`${name}: ${read.error.issues.map(({ path, message }) => atPlace(path, message)).join('; ')}`)
  const refusal = linkOrders(kind, () => kind.on(read.data, 1000)).map(order => embedded.refusal?.(order))
  const reason = refusal.find(each => each !== undefined)
  if (reason !== undefined) throw new TypeError(reason)
  return { kind, params: read.data }
}

/** Of a duration in K without a K. */
const hasNaN = (order: LinkOrder): boolean =>
  order.do === 'add' && Object.values(Object(order.attributes)).some(value => Number.isNaN(value))

/** A link has connections and no processes: `freeze` and `kill` are for scenarios. */
function linkOrders(kind: Fault, orders: () => readonly Order[]): readonly LinkOrder[] {
  try {
    return orders().map(order => {
      if (order.to !== 'link')
        throw new TypeError(`${kind.name} is done to the ${order.to}'s process, and a link has none`)
      return order
    })
  } catch (error) {
    throw new TypeError(messageOf(error), { cause: error })
  }
}

function addressOf(text: string): Address {
  const [, host, port] = /^\[?([^\s[\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535 || Number(port) === 0)
    throw new TypeError(`${JSON.stringify(text)} is no address; write it like 127.0.0.1:5432`)
  return { host, port: Number(port) }
}
