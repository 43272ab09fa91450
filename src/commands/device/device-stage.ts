import type { Clock } from '../../clock/clock.ts'
import type { Record } from '../../clock/kit.ts'
import { waitFor } from '../../engine/timeline.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import type { Event } from '../../model/event.ts'
import type { Limits } from './device-limits.ts'
import type { DeviceLine } from './device-line.ts'
import type { ConnackEdit, Gate } from './gate.ts'
import type { Roster } from './roster.ts'

/** Somebody asked the programme to end. */
export class Stopped extends Error {}

/** What is going on, for whoever watches. `untilMs`: when it is over at the latest, on the run's clock. */
export interface Waiting {
  readonly text: string
  readonly untilMs: number
}

export interface StageContext {
  readonly clock: Clock
  readonly record: Record
  /** Each event as it is recorded. */
  observe(listener: (event: Event) => void): void
  readonly gate: Pick<Gate, 'order' | 'cut' | 'refuse' | 'say' | 'editConnack'>
  readonly roster: Roster
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Stops the device's process and lets it go on; absent: it is none of this machine's. */
  readonly suspend?: (stopped: boolean) => void
  tell(waiting: Waiting): void
}

/** Long enough for what belongs together to have happened. */
const SETTLE_MS = 100

/** Where steps are played: they give orders and wait, all on one clock. One fault at a time. */
export class Stage {
  readonly #context: StageContext
  readonly #stopped: Promise<void>
  #watch: (event: Event) => void = () => {}
  #fault: { readonly name: string; readonly orders: readonly LinkOrder[] } | undefined

  constructor(context: StageContext) {
    this.#context = context
    this.#stopped = new Promise(resolve => {
      if (context.signal.aborted) resolve()
      context.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    context.observe(event => {
      context.roster.see(event)
      this.#watch(event)
    })
  }

  get nowMs(): number {
    return this.#context.clock.nowMs()
  }

  get roster(): Roster {
    return this.#context.roster
  }

  get limits(): Limits {
    return this.#context.limits
  }

  get stopped(): boolean {
    return this.#context.signal.aborted
  }

  /** The device's connection. Throws where it has none: a step begins with a healthy one. */
  get line(): DeviceLine {
    const line = this.roster.current
    if (!line) throw new Error('the device is not connected')
    return line
  }

  /** Whether such an event came within that time. */
  async until(text: string, forMs: number, test: (event: Event) => boolean): Promise<boolean> {
    this.#refuseIfStopped()
    const untilMs = this.nowMs + Math.max(0, forMs)
    this.#context.tell({ text, untilMs })
    let seen = false
    const early = new Promise<void>(resolve => {
      this.#watch = event => {
        if (seen || !test(event)) return
        seen = true
        resolve()
      }
    })
    await waitFor(this.#context.clock, untilMs, Promise.race([early, this.#stopped]))
    this.#watch = () => {}
    this.#refuseIfStopped()
    return seen
  }

  async pause(text: string, forMs: number): Promise<void> {
    await this.until(text, forMs, () => false)
  }

  /** Whether the device is there and can be tested, by then. */
  async ready(text: string, forMs: number): Promise<boolean> {
    const { roster } = this
    const untilMs = this.nowMs + forMs
    while (roster.ready || (await this.until(text, untilMs - this.nowMs, () => roster.ready))) {
      await this.pause(text, SETTLE_MS)
      if (roster.current) return true
      // It was lost again meanwhile: it has the rest of its time to come back.
    }
    return false
  }

  /** Puts a fault in force. `name` tells it apart from every other of this run. */
  hold(name: string, orders: readonly LinkOrder[]): void {
    this.#ask(name, orders, () => {
      for (const order of orders) this.#context.gate.order(order, name)
    })
  }

  /** From now on nobody gets through. */
  refuse(name: string, how = this.limits.refuse): void {
    this.#ask(name, [], () => this.#context.gate.refuse(how, name))
  }

  /** From now on every CONNACK tells the device this. */
  answer(name: string, edit: ConnackEdit): void {
    this.#ask(name, [], () => this.#context.gate.editConnack(edit))
  }

  /** Hands the device bytes of a packet as if the broker had sent them; see `Gate.say`. */
  say(line: DeviceLine, bytes: Buffer, inside = false): boolean {
    return this.#context.gate.say(line.conn, bytes, inside)
  }

  get canSuspend(): boolean {
    return this.#context.suspend !== undefined
  }

  /** Stops the device itself, or lets it go on. */
  suspend(stopped: boolean): void {
    this.#context.suspend?.(stopped)
  }

  /** Ends that connection towards both sides, as a server does that restarts. */
  cut(line: DeviceLine, name: string, how: 'rst' | 'fin' = 'rst'): void {
    const done = this.#context.gate.cut(line.conn, how)
    const note = `${how.toUpperCase()} to both sides of connection ${line.conn}`
    if (done) this.#context.record({ who: 'harness', what: 'fault-touched', fault: name, note, conn: line.conn })
  }

  /** Ends the fault in force, where there is one. */
  lift(): void {
    if (!this.#fault) return
    const { name, orders } = this.#fault
    this.#fault = undefined
    // First, for what was held goes out at once.
    this.#context.record({ who: 'harness', what: 'fault-lifted', fault: name })
    this.#context.gate.refuse(undefined, name)
    this.#context.gate.editConnack(undefined)
    for (const order of orders)
      if (order.do === 'add') this.#context.gate.order({ to: 'link', do: 'remove', key: order.key }, name)
  }

  #ask(name: string, orders: readonly LinkOrder[], act: () => void): void {
    this.lift()
    this.#context.record({ who: 'harness', what: 'fault-asked', fault: name })
    this.#fault = { name, orders }
    act()
    this.#context.record({ who: 'harness', what: 'fault-held', fault: name })
  }

  #refuseIfStopped(): void {
    if (this.#context.signal.aborted) throw new Stopped()
  }
}

/** The device no longer has this connection: it closed it, or it was told. */
export const ends = (line: DeviceLine) => (event: Event) =>
  (event.what === 'fin' || event.what === 'rst') && event.edge === 'client' && event.conn === line.conn
