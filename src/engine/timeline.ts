import type { Cancel, Clock } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import type { Fault, Order } from '../faults/fault.ts'
import type { Bench } from '../labs/lab.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Registry } from '../model/plugin.ts'
import type { Step } from '../model/scenario.ts'

export interface TimelineSeat {
  readonly clock: Clock
  readonly record: Record
  readonly bench: Pick<Bench, 'link' | 'broker'>
  readonly faults: Registry<Fault>
  /** The moment that `at` counts from, on the clock. */
  readonly zeroMs: number
  readonly keepaliveMs: number
  readonly trouble: (error: unknown) => void
}

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
  const onAtMs = zeroMs + resolveDuration(step.at, keepaliveMs)
  const tell = (what: 'fault-asked' | 'fault-held' | 'fault-lifted') => record({ who: 'harness', what, fault: name })

  /** A step is lifted only after it has come into force, however long a broker takes to restart. */
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (act: () => Promise<void>) => {
    turn = turn.then(act).catch(seat.trouble)
  }
  const on = clock.at(onAtMs, () => {
    tell('fault-asked')
    inTurn(async () => {
      await carryOut(fault.on(step.fault.options, keepaliveMs), name, seat)
      if (fault.holds === 'order') tell('fault-held')
    })
  })
  if (!step.for) return [on]
  const off = clock.at(onAtMs + resolveDuration(step.for, keepaliveMs), () => {
    inTurn(async () => {
      await carryOut(fault.off(step.fault.options, keepaliveMs), name, seat)
      tell('fault-lifted')
    })
  })
  return [on, off]
}

/** In the order given: lifting is sometimes the reverse of holding. */
async function carryOut(orders: readonly Order[], fault: string, { bench }: TimelineSeat): Promise<void> {
  for (const order of orders) {
    if (order.to === 'link') await bench.link.order(order, fault)
    else if (bench.broker.signal) await bench.broker.signal(order.do)
    else throw new Error(`the broker can't ${order.do}`)
  }
}
