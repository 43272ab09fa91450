/**
 * Once a kernel has to send again it sends nothing new before the old is acknowledged, not even the FIN of a program that
 * has closed; and what is small may wait for an acknowledgement from the beginning (Nagle: RFC 896, RFC 9293 §3.7.4). So on a dead path
 * neither the moment of closing nor what a program writes is to be seen on the wire, and the peer's kernel is asked instead: often, but
 * only while a connection is stuck like that. It tells the state of the socket, and how much was written that nobody has acknowledged.
 */
import { between, type Cancel, type Clock, type Dated } from '../../../clock/clock.ts'
import type { Side } from '../../../model/flow.ts'
import { rowOf, type SocketRow } from '../../pipe/kernel-view.ts'
import type { FirewallPlace } from './firewall-place.ts'
import { ahead, type TcpSegment } from './tcp-segment.ts'
import { portOf, type TrackedFlow } from './tracked-flow.ts'

const LOOK_EVERY_MS = 5
/** Of one side of one connection while it is stuck; more tells nothing new. */
const MOST_UNSENT = 200

interface CloseContext {
  readonly clock: Clock
  readonly place: Pick<FirewallPlace, 'sockets'>
  /** `fin`: the program has closed. `rst`: its kernel has given the connection up. */
  readonly ended: (flow: TrackedFlow, side: Side, how: 'fin' | 'rst', when: Dated) => void
  /** Its program has written so much that is not sent. */
  readonly unsent: (flow: TrackedFlow, side: Side, bytes: number, when: Dated) => void
}

interface Stuck {
  /** The last moment at which its program still held it, on the run's clock. */
  openMs: number
  /** Up to which byte its program is known to have written, and when that was looked at. */
  writtenTo?: number
  lookedMs: number
  told: number
}

export class CloseWatch {
  readonly #context: CloseContext
  readonly #stuck: Readonly<Record<Side, Map<TrackedFlow, Stuck>>> = { client: new Map(), broker: new Map() }
  #next: Cancel | undefined

  constructor(context: CloseContext) {
    this.#context = context
  }

  /** To be told before the flow's streams are. `atMs`: the segment's date on the run's clock. */
  sent(flow: TrackedFlow, { edge, seq, syn, fin, rst }: TcpSegment, atMs: number): void {
    const { next } = flow.streams[edge].in
    // A keep-alive probe of TCP is a byte again that was acknowledged long ago.
    const isAgain = next !== undefined && !syn && !rst && ahead(next, seq) > 0
    if (fin || rst) this.#stuck[edge].delete(flow)
    else if (isAgain) this.#watch(flow, edge, atMs)
    if (isAgain) this.#next ??= this.#later()
  }

  passed(flow: TrackedFlow, { edge, ack, hasAck }: TcpSegment): void {
    const { next } = flow.streams[edge].in
    if (hasAck && next !== undefined && ahead(ack, next) >= 0) this.#stuck[edge].delete(flow)
  }

  /** What that side does is not to be seen on a wire from now on, and its kernel is asked. */
  hide(flow: TrackedFlow, side: Side): void {
    this.#watch(flow, side, this.#context.clock.nowMs())
    this.#next ??= this.#later()
  }

  isStuck(flow: TrackedFlow, side: Side): boolean {
    return this.#stuck[side].has(flow)
  }

  end(): void {
    this.#next?.()
    for (const flows of Object.values(this.#stuck)) flows.clear()
  }

  /** What was written since the last new byte on the wire may have waited from then on. */
  #watch(flow: TrackedFlow, side: Side, openMs: number): void {
    const isOver = flow.told.has(`${side} in fin`) || flow.told.has(`${side} in rst`)
    if (!isOver && !this.#stuck[side].has(flow))
      this.#stuck[side].set(flow, { openMs, lookedMs: flow.wire[side].sentMs, told: 0 })
  }

  #later(): Cancel {
    const { clock } = this.#context
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
    const { clock, place } = this.#context
    const beforeMs = clock.nowMs()
    const table = place.sockets(side)
    const afterMs = clock.nowMs()
    for (const [flow, stuck] of flows) {
      const [own, peer] = side === 'client' ? [flow.inside, flow.broker] : [flow.broker, flow.outside ?? flow.inside]
      const row = rowOf(table, portOf(own), portOf(peer))
      const isOpen = row !== undefined && OPEN.has(row.state)
      if (row) this.#written(flow, side, stuck, row.sendBytes - (isOpen ? 0 : FIN), between(stuck.lookedMs, afterMs))
      stuck.lookedMs = beforeMs
      if (isOpen) stuck.openMs = beforeMs
      else {
        flows.delete(flow)
        this.#context.ended(flow, side, row ? 'fin' : 'rst', between(stuck.openMs, afterMs))
      }
    }
  }

  /**
   * `sendBytes`: from what was acknowledged to what was written. What was acknowledged is known here a little later than in the kernel: so
   * never too much.
   */
  #written(flow: TrackedFlow, side: Side, stuck: Stuck, sendBytes: number, when: Dated): void {
    const { next } = flow.streams[side].in
    const { ackedTo } = flow.wire[side]
    if (next === undefined || ackedTo === undefined) return
    const known = stuck.writtenTo === undefined || ahead(next, stuck.writtenTo) > 0 ? next : stuck.writtenTo
    const bytes = ahead(ackedTo + sendBytes, known)
    stuck.writtenTo = bytes > 0 ? (ackedTo + sendBytes) >>> 0 : known
    if (bytes > 0 && stuck.told++ < MOST_UNSENT) this.#context.unsent(flow, side, bytes, when)
  }
}

/** include/net/tcp_states.h: ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT: a program still holds its end. */
const OPEN: ReadonlySet<SocketRow['state']> = new Set(['01', '02', '03', '08'])
/** It takes a number of its own, as a byte does (RFC 9293 §3.4), and stands in the queue with the bytes. */
const FIN = 1
