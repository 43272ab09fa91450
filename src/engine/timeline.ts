import type { Cancel, Clock } from '../clock/clock.ts'
import { between, type Dated } from '../clock/dated.ts'
import type { Record } from '../clock/kit.ts'
import type { Fault, LinkOrder, Order } from '../faults/fault.ts'
import type { Bench } from '../labs/lab.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Registry } from '../model/plugin.ts'
import type { Step } from '../model/scenario.ts'
import type { Fleet } from './fleet.ts'

export interface TimelineSeat {
  readonly clock: Clock
  readonly record: Record
  readonly bench: Pick<Bench, 'link' | 'broker'>
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
export function playTimeline(timeline: readonly Step[], seat: TimelineSeat): Cancel {
  let over = false
  // An order still under way at the end fails because everything is being cleared away under it.
  const trouble = (error: unknown) => over || seat.trouble(error)
  const cancels = timeline.flatMap((step, index) => playStep(step, `${step.fault.name}#${index}`, { ...seat, trouble }))
  return () => {
    over = true
    for (const cancel of cancels) cancel()
  }
}

function playStep(step: Step, name: string, seat: TimelineSeat): readonly Cancel[] {
  const { clock, zeroMs, keepaliveMs, record, faults } = seat
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
      clock.kind === 'real' && seat.bench.link.orderAt !== undefined && orders.every(({ to }) => to === 'link')
    return clock.at(isAhead ? Math.max(clock.nowMs(), dueMs - AHEAD_MS) : dueMs, () => {
      // Given ahead, it is asked for when it is due; given too late, it is asked for now.
      const atMs = Math.max(clock.nowMs(), dueMs)
      asked(isAhead ? { atMs } : undefined)
      turn = turn
        .then(async () => done(await carryOut(orders, name, seat, isAhead ? atMs : undefined)))
        .catch(seat.trouble)
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
  { bench, clients, clock }: TimelineSeat,
  atMs: number | undefined,
): Promise<Dated | undefined> {
  let date: Dated | undefined
  for (const order of orders) {
    const fromMs = clock.nowMs()
    date = undefined
    if (order.to === 'link') date = await orderLink(bench.link, order, fault, atMs)
    else if (order.to === 'client') await clients.signal(order.do)
    else if (bench.broker.signal) await bench.broker.signal(order.do)
    else throw new Error(`the broker can't ${order.do}`)
    const doneMs = clock.nowMs()
    if (clock.kind === 'real') date ??= between(fromMs, doneMs)
  }
  return date
}

const orderLink = (link: Bench['link'], order: LinkOrder, fault: string, atMs: number | undefined) =>
  atMs !== undefined && link.orderAt ? link.orderAt(order, fault, atMs) : link.order(order, fault)
