/**
 * The way of one connection between the two taps.
 *
 *     enter up --> [entry lane] --> near socket, Toxiproxy, far socket --> [exit lane] --> leave up
 *     leave down <-- [exit lane] <-- near socket, Toxiproxy, far socket <-- [entry lane] <-- enter down
 *
 * What a fault does, Toxiproxy does. The lanes add what TCP does about it and a user-space proxy has no words for:
 * - *Opening.* Toxiproxy accepts and dials at once, whatever its toxics. So an `open` is kept back while a blackhole is
 *   in force, and goes in when the next SYN would have gone out.
 * - *Recovery.* Toxiproxy lets everything go the moment that a blackhole is lifted; TCP at its next retransmission. So
 *   nothing leaves until then.
 * - *RST.* Under a blackhole it is lost, and so is what its sender still had to send again.
 * - *Switching.* While Toxiproxy's API is being told to forget a flow, or to remember it, what enters waits.
 */

import { z } from 'zod'
import { type Cancel, type Dated, dated } from '../../../clock/clock.ts'
import { FLOWS, type Flow } from '../../../model/flow.ts'
import { Lane } from '../../pipe/lane.ts'
import type { PipelineContext } from '../../pipe/pipeline.ts'
import type { Carrier } from '../../pipe/relayed-connection.ts'
import type { Placed } from '../../pipe/toxic-set.ts'
import { nextDataRetry, nextSynRetry } from '../../toxics/retransmission.ts'
import type { Item, Meeting } from '../../toxics/toxic.ts'
import { describe, type ForceTools, type ToxiproxyForce } from './toxiproxy-force.ts'
import { idleForce } from './toxiproxy-idle-force.ts'
import { Tunnel, type TunnelContext } from './tunnel.ts'

interface PassageContext extends Omit<TunnelContext, 'out' | 'weigh'> {
  /** Puts a blackhole on this connection's own proxy, or takes it away. */
  block(flow: Flow, blocked: boolean): Promise<void>
}

export class Passage implements Carrier {
  readonly #pipeline: PipelineContext
  readonly #context: PassageContext
  readonly #tunnel: Tunnel
  readonly #entry: Readonly<Record<Flow, Lane>>
  readonly #exit: Readonly<Record<Flow, Lane>>
  readonly #forces = new Map<string, ToxiproxyForce>()
  readonly #timers = new Set<Cancel>()
  /** Flows whose sender has forgotten what is still on its way. */
  readonly #lost = new Set<Flow>()
  /** Until when nothing leaves, on the clock. */
  readonly #quietUntilMs: Record<Flow, number> = { up: 0, down: 0 }
  /** How many reasons there are that nothing enters. */
  readonly #gates: Record<Flow, number> = { up: 0, down: 0 }
  #over = false

  constructor(pipeline: PipelineContext, context: PassageContext) {
    const { clock, leave, weigh } = pipeline
    this.#pipeline = pipeline
    this.#context = context
    this.#tunnel = new Tunnel({ ...context, weigh, out: (flow, item) => this.#out(flow, item) })
    const entry = (flow: Flow) =>
      new Lane(
        clock,
        item => this.#tunnel.send(flow, item),
        delta => weigh(flow, delta),
      )
    const exit = (flow: Flow) =>
      new Lane(
        clock,
        item => leave(flow, item),
        delta => weigh(flow, delta),
      )
    this.#entry = { up: entry('up'), down: entry('down') }
    this.#exit = { up: exit('up'), down: exit('down') }
  }

  add(placed: Placed, meeting: Meeting): void {
    const { clock, mark, end } = this.#pipeline
    const force = forceOf(placed, meeting, {
      mark: (what, note, when) => mark(placed, what, note, when),
      end,
      wake: (afterMs, act) => this.#after(afterMs, act),
      block: (flow, blocked) => this.#block(flow, blocked),
    })
    this.#forces.set(placed.key, force)
    force.begin?.(clock.nowMs())
  }

  /** No timeline asks for it. */
  replace(placed: Placed, meeting: Meeting): void {
    this.lift(placed.key)
    this.add(placed, meeting)
  }

  lift(key: string): void {
    const nowMs = this.#pipeline.clock.nowMs()
    const force = this.#forces.get(key)
    if (!force || force.stays?.(nowMs)) return
    this.#forces.delete(key)
    for (const flow of FLOWS) {
      const untilMs = force.quietUntilMs?.(flow, nowMs) ?? 0
      this.#quietUntilMs[flow] = Math.max(this.#quietUntilMs[flow], untilMs)
    }
    const openAtMs = force.openAtMs?.(nowMs)
    if (openAtMs !== undefined) this.#after(openAtMs - nowMs, () => this.#ungate('up'))
  }

  enter(flow: Flow, item: Item): void {
    const nowMs = this.#pipeline.clock.nowMs()
    for (const force of this.#forces.values()) {
      const fate = force.onItem(flow, item, nowMs)
      if (fate === 'lose') this.#lost.add(flow)
      if (fate === 'wait') this.#gates[flow]++
      // A force may have ended the whole connection.
      if (this.#over || fate === 'lose' || fate === 'drop') return
    }
    if (this.#gates[flow] > 0) this.#entry[flow].hold(item)
    else this.#entry[flow].pass(item, 0)
  }

  holds(flow: Flow): boolean {
    return this.#gates[flow] > 0 || (flow === 'up' && !this.#tunnel.landed && this.#covers('up'))
  }

  loseHeld(flow: Flow): void {
    this.#entry[flow].loseHeld()
    if (this.#covers(flow)) this.#lost.add(flow)
  }

  /** What is inside Toxiproxy can't be hurried: it is lost. */
  flush(flow: Flow): void {
    this.#exit[flow].flush()
    this.clear(flow)
  }

  clear(flow: Flow): void {
    this.#exit[flow].clear()
    this.#lost.add(flow)
  }

  dispose(): void {
    this.#over = true
    for (const cancel of this.#timers) cancel()
    for (const flow of FLOWS) {
      this.#entry[flow].clear()
      this.#exit[flow].clear()
    }
    this.#tunnel.dispose()
  }

  #out(flow: Flow, item: Item): void {
    if (item.what === 'bytes' && this.#lost.has(flow)) return
    this.#exit[flow].pass(item, Math.max(0, this.#quietUntilMs[flow] - this.#pipeline.clock.nowMs()))
  }

  #covers(flow: Flow): boolean {
    return [...this.#forces.values()].some(force => force.covers(flow))
  }

  async #block(flow: Flow, blocked: boolean): Promise<Dated> {
    this.#gates[flow]++
    const when = await dated(this.#pipeline.clock, async () => {
      try {
        await this.#context.block(flow, blocked)
      } catch (error) {
        if (!this.#over) this.#context.trouble(error)
      }
    })
    this.#ungate(flow)
    return when
  }

  #ungate(flow: Flow): void {
    this.#gates[flow]--
    if (this.#gates[flow] === 0 && !this.#over) this.#entry[flow].release()
  }

  #after(afterMs: number, act: () => void): Cancel {
    const { clock } = this.#pipeline
    const cancel = clock.at(clock.nowMs() + afterMs, () => {
      this.#timers.delete(cancel)
      act()
    })
    this.#timers.add(cancel)
    return () => {
      this.#timers.delete(cancel)
      cancel()
    }
  }
}

function forceOf(placed: Placed, meeting: Meeting, hands: ForceTools): ToxiproxyForce {
  switch (placed.toxic.name) {
    case 'blackhole':
      return blackholeForce(placed, meeting, hands)
    case 'idle-cut':
      return idleForce(placed, meeting, hands)
    default:
      return witness(placed, hands)
  }
}

/** Toxiproxy does all of it; the taps only see that there was something to do it to. */
function witness({ toxic, flows }: Placed, { mark }: ForceTools): ToxiproxyForce {
  return {
    onItem(flow, item) {
      if (item.what === 'bytes' && flows.includes(flow))
        mark('touched', `${toxic.name} on ${describe(item)} on its way ${flow}`)
      return 'pass'
    },
    covers: () => false,
  }
}

const options = z.object({ recovery: z.enum(['retransmit', 'at-once']), holds: z.enum(['everything', 'opening']) })

/** Toxiproxy keeps what is on its way; the taps keep whoever would open, and know when TCP tries again. */
function blackholeForce({ attributes, flows }: Placed, { rttMs }: Meeting, { mark }: ForceTools): ToxiproxyForce {
  const { recovery, holds } = options.parse(attributes)
  const firstLossMs = new Map<Flow, number>()
  let openedMs: number | undefined

  return {
    onItem(flow, item, nowMs) {
      if (!flows.includes(flow)) return 'pass'
      if (item.what === 'open') {
        openedMs = nowMs
        mark('touched', `held OPEN on its way ${flow}`)
        return 'wait'
      }
      // Behind an open that waits, everything waits for that.
      if (holds === 'opening' || openedMs !== undefined) return 'pass'
      mark('touched', `${item.what === 'rst' ? 'lost' : 'held'} ${describe(item)} on its way ${flow}`)
      // An RST is sent once and never again.
      if (item.what === 'rst') return 'lose'
      if (!firstLossMs.has(flow)) firstLossMs.set(flow, nowMs)
      return 'pass'
    },
    quietUntilMs(flow, nowMs) {
      const lossMs = firstLossMs.get(flow)
      return lossMs === undefined || recovery === 'at-once' ? 0 : nextDataRetry(lossMs, nowMs, rttMs)
    },
    openAtMs(nowMs) {
      if (openedMs === undefined) return undefined
      return recovery === 'at-once' ? nowMs : nextSynRetry(openedMs, nowMs)
    },
    covers: flow => holds === 'everything' && flows.includes(flow),
  }
}
