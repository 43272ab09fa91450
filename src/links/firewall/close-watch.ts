/**
 * Once a kernel has to send again it sends nothing new before the old is acknowledged, not even the FIN of a program that
 * has closed. So on a dead path the moment of closing is not to be seen on the wire, and the peer's kernel is asked instead:
 * often, but only while a connection is stuck like that.
 */
import type { Cancel, Clock } from '../../clock/clock.ts'
import type { Side } from '../../model/flow.ts'
import { portOf, type TrackedFlow } from './flow.ts'
import type { FirewallPlace } from './place.ts'
import { ahead, type Segment } from './segment.ts'
import { socketState } from './sockets.ts'

export const LOOK_EVERY_MS = 5

export interface CloseSeat {
  readonly clock: Clock
  readonly place: Pick<FirewallPlace, 'sockets'>
  /** `fin`: the program has closed. `rst`: its kernel has given the connection up. */
  readonly ended: (flow: TrackedFlow, side: Side, how: 'fin' | 'rst') => void
}

export class CloseWatch {
  readonly #seat: CloseSeat
  readonly #stuck: Readonly<Record<Side, Set<TrackedFlow>>> = { client: new Set(), broker: new Set() }
  #next: Cancel | undefined

  constructor(seat: CloseSeat) {
    this.#seat = seat
  }

  /** To be told before the flow's streams are. */
  sent(flow: TrackedFlow, { edge, seq, syn, fin, rst }: Segment): void {
    const { next } = flow.streams[edge].in
    // A keep-alive probe of TCP is a byte again that was acknowledged long ago.
    const isAgain = next !== undefined && !syn && !rst && ahead(next, seq) > 0
    if (fin || rst) this.#stuck[edge].delete(flow)
    else if (isAgain) this.#stuck[edge].add(flow)
    if (isAgain) this.#next ??= this.#later()
  }

  passed(flow: TrackedFlow, { edge, ack, hasAck }: Segment): void {
    const { next } = flow.streams[edge].in
    if (hasAck && next !== undefined && ahead(ack, next) >= 0) this.#stuck[edge].delete(flow)
  }

  isStuck(flow: TrackedFlow, side: Side): boolean {
    return this.#stuck[side].has(flow)
  }

  end(): void {
    this.#next?.()
    for (const flows of Object.values(this.#stuck)) flows.clear()
  }

  #later(): Cancel {
    const { clock } = this.#seat
    return clock.at(clock.nowMs() + LOOK_EVERY_MS, () => {
      this.#next = undefined
      this.#look('client')
      this.#look('broker')
      if (this.#stuck.client.size + this.#stuck.broker.size > 0) this.#next = this.#later()
    })
  }

  #look(side: Side): void {
    const flows = this.#stuck[side]
    if (flows.size === 0) return
    const table = this.#seat.place.sockets(side)
    for (const flow of flows) {
      const [own, peer] = side === 'client' ? [flow.inside, flow.broker] : [flow.broker, flow.outside ?? flow.inside]
      const state = socketState(table, portOf(own), portOf(peer))
      if (state === 'open') continue
      flows.delete(flow)
      this.#seat.ended(flow, side, state === 'closed' ? 'fin' : 'rst')
    }
  }
}
