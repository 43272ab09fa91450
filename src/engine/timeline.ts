import { between, type Cancel, type Clock, type Dated } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import { ownMs } from '../clock/real.ts'
import type { ClientSignal, ClockOrder, Fault, LinkOrder, Order } from '../faults/fault.ts'
import type { Bench } from '../labs/lab.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Registry } from '../model/plugin.ts'
import type { Step } from '../model/scenario.ts'
import type { StartedClient } from '../peers/clients/client.ts'

interface TimelineContext {
  readonly clock: Clock
  readonly record: Record
  readonly bench: Pick<Bench, 'link' | 'broker' | 'setClock'>
  readonly clients: Pick<Fleet, 'signal'>
  readonly faults: Registry<Fault>
  /** The moment that `at` counts from, on the clock. */
  readonly zeroMs: number
  readonly keepaliveMs: number
  readonly trouble: (error: unknown) => void
}

/**
 * A link that can wait for its orders gets them so early: a standstill of this thread that is shorter makes none of them late. Longer ahead
 * would tell nothing more, since a run that stands still for longer is no run as written.
 */
const AHEAD_MS = 5000

/** Puts every step of the timeline on the clock. What has not happened when the result is called never does. */
export function playTimeline(timeline: readonly Step[], context: TimelineContext): Cancel {
  let over = false
  // An order still under way at the end fails because everything is being cleared away under it.
  const trouble = (error: unknown) => over || context.trouble(error)
  const cancels = timeline.flatMap((step, index) =>
    playStep(step, `${step.fault.name}#${index}`, { ...context, trouble }),
  )
  return () => {
    over = true
    for (const cancel of cancels) cancel()
  }
}

function playStep(step: Step, name: string, context: TimelineContext): readonly Cancel[] {
  const { clock, zeroMs, keepaliveMs, record, faults } = context
  const fault = faults.get(step.fault.name)
  if (!fault) throw new Error(`no fault is called ${step.fault.name}`)
  const { options } = step.fault
  const onAtMs = zeroMs + resolveDuration(step.at, keepaliveMs)
  const tell = (what: 'fault-asked' | 'fault-held' | 'fault-lifted', date: Partial<Dated> | undefined = undefined) =>
    record({ who: 'harness', what, fault: name, ...date })

  /** A step is lifted only after it has come into force, however long a broker takes to restart. */
  let turn: Promise<void> = Promise.resolve()
  const give = (
    orders: readonly Order[],
    dueMs: number,
    asked: (date?: Partial<Dated>) => void,
    done: (date?: Dated) => void,
  ) => {
    const isAhead =
      clock.kind === 'real' && context.bench.link.orderAt !== undefined && orders.every(({ to }) => to === 'link')
    return clock.at(isAhead ? Math.max(clock.nowMs(), dueMs - ownMs(clock, AHEAD_MS)) : dueMs, () => {
      // Given ahead, it is asked for when it is due; given too late, it is asked for now.
      const atMs = Math.max(clock.nowMs(), dueMs)
      asked(isAhead ? { atMs } : undefined)
      turn = turn
        .then(async () => done(await carryOut(orders, name, context, isAhead ? atMs : undefined)))
        .catch(context.trouble)
    })
  }
  const on = give(
    fault.on(options, keepaliveMs),
    onAtMs,
    date => tell('fault-asked', date),
    date => {
      if (fault.holds === 'order') tell('fault-held', date)
    },
  )
  if (!step.for) return [on]
  const offAtMs = onAtMs + resolveDuration(step.for, keepaliveMs)
  return [
    on,
    give(
      fault.off(options, keepaliveMs),
      offAtMs,
      () => {},
      date => tell('fault-lifted', date),
    ),
  ]
}

/**
 * In the order given: lifting is sometimes the reverse of holding. All of it was in force by the date of the last order; what carried
 * out that order knows the date best, and where it does not tell, it happened since the order was given.
 */
async function carryOut(
  orders: readonly Order[],
  fault: string,
  { bench, clients, clock }: TimelineContext,
  atMs: number | undefined,
): Promise<Dated | undefined> {
  let date: Dated | undefined
  for (const order of orders) {
    const fromMs = clock.nowMs()
    date = undefined
    if (order.to === 'link') date = await orderLink(bench.link, order, fault, atMs)
    else if (order.do === 'set-clock') await setClock(bench, order)
    else if (order.to === 'client') await clients.signal(order.do)
    else if (bench.broker.signal) await bench.broker.signal(order.do)
    else throw new Error(`the broker can't ${order.do}`)
    const doneMs = clock.nowMs()
    if (clock.kind === 'real') date ??= between(fromMs, doneMs)
  }
  return date
}

function setClock(bench: Pick<Bench, 'setClock'>, order: ClockOrder): Promise<void> {
  if (!bench.setClock) throw new Error(`the clock of the ${order.to} can't be set`)
  return bench.setClock(order)
}

const orderLink = (link: Bench['link'], order: LinkOrder, fault: string, atMs: number | undefined) =>
  atMs !== undefined && link.orderAt ? link.orderAt(order, fault, atMs) : link.order(order, fault)

/** As many are started at the same time: more would overflow a listening socket's backlog, and wait 1 s for TCP. */
const STARTED_TOGETHER = 50

/** The clients under test, by their number. One may be talking before the lab has handed it over. */
interface Fleet {
  /** `isDue` resolves when it is this client's turn, with false where it is not to be started any more; absent: all at once. */
  start(count: number, isDue?: (device: number) => Promise<boolean>): Promise<void>
  /** To all that are there. Throws where one of them can't be told. */
  signal(signal: ClientSignal): Promise<void>
  /** Calls `act` with the client, as soon as it is there. */
  whenThere(device: number, act: (client: StartedClient) => void): void
}

export function fleet(bench: Pick<Bench, 'startClient'>): Fleet {
  const there = new Map<number, StartedClient>()
  const waiting = new Map<number, (client: StartedClient) => void>()

  const startOne = async (device: number) => {
    const client = await bench.startClient(device)
    there.set(device, client)
    waiting.get(device)?.(client)
  }
  return {
    async start(count, isDue) {
      if (isDue) {
        const devices = Array.from({ length: count }, (_, index) => index + 1)
        await Promise.all(devices.map(async device => (await isDue(device)) && startOne(device)))
        return
      }
      for (let begin = 1; begin <= count; begin += STARTED_TOGETHER) {
        const length = Math.min(STARTED_TOGETHER, count - begin + 1)
        await Promise.all(Array.from({ length }, (_, index) => startOne(begin + index)))
      }
    },
    async signal(signal) {
      await Promise.all(
        [...there.values()].map(client => {
          if (!client.signal) throw new Error(`the client can't ${signal}`)
          return client.signal(signal)
        }),
      )
    },
    whenThere(device, act) {
      const client = there.get(device)
      if (client) act(client)
      else waiting.set(device, act)
    },
  }
}

/** Resolves at `untilMs`, or as soon as `early` does. Leaves no timer behind that would keep the process alive. */
export function waitFor(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  return clock.kind === 'real' ? waitInRealTime(clock, untilMs, early) : advance(clock, untilMs, early)
}

function waitInRealTime(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.at(untilMs, resolve)
    early.then(() => {
      cancel()
      resolve()
    })
  })
}

/** Nothing happens in virtual time unless somebody moves it on. */
async function advance(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  let waiting = true
  early.then(() => waiting && clock.letGo?.())
  try {
    await clock.advanceTo(untilMs)
  } finally {
    waiting = false
  }
}

export { seededRandom } from '../clock/kit.ts'
