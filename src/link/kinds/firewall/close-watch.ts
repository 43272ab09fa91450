/**
 * Once a kernel has to send again it sends nothing new before the old is acknowledged, not even the FIN of a program that
 * has closed. So on a dead path the moment of closing is not to be seen on the wire, and the peer's kernel is asked instead:
 * often, but only while a connection is stuck like that.
 */
import { between, type Cancel, type Clock, type Dated } from '../../../clock/clock.ts'
import type { Side } from '../../../model/flow.ts'
import type { FirewallPlace } from './firewall-place.ts'
import { ahead, type TcpSegment } from './tcp-segment.ts'
import { portOf, type TrackedFlow } from './tracked-flow.ts'

const LOOK_EVERY_MS = 5

interface CloseContext {
  readonly clock: Clock
  readonly place: Pick<FirewallPlace, 'sockets'>
  /** `fin`: the program has closed. `rst`: its kernel has given the connection up. */
  readonly ended: (flow: TrackedFlow, side: Side, how: 'fin' | 'rst', when: Dated & { readonly hidden?: true }) => void
}

export class CloseWatch {
  readonly #context: CloseContext
  /** Each with the last moment at which its program still held it, on the run's clock. */
  readonly #stuck: Readonly<Record<Side, Map<TrackedFlow, number>>> = { client: new Map(), broker: new Map() }
  readonly #hidden = new Set<TrackedFlow>()
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
    else if (isAgain && !this.#stuck[edge].has(flow)) this.#stuck[edge].set(flow, atMs)
    if (isAgain) this.#next ??= this.#later()
  }

  passed(flow: TrackedFlow, { edge, ack, hasAck }: TcpSegment): void {
    const { next } = flow.streams[edge].in
    if (hasAck && next !== undefined && ahead(ack, next) >= 0) this.#stuck[edge].delete(flow)
  }

  /** What that side does is not to be seen on a wire from now on, and its kernel is asked. */
  hide(flow: TrackedFlow, side: Side): void {
    const { clock } = this.#context
    if (!this.#stuck[side].has(flow)) this.#stuck[side].set(flow, clock.nowMs())
    this.#hidden.add(flow)
    this.#next ??= this.#later()
  }

  isStuck(flow: TrackedFlow, side: Side): boolean {
    return this.#stuck[side].has(flow)
  }

  end(): void {
    this.#next?.()
    for (const flows of Object.values(this.#stuck)) flows.clear()
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
    for (const [flow, openMs] of flows) {
      const [own, peer] = side === 'client' ? [flow.inside, flow.broker] : [flow.broker, flow.outside ?? flow.inside]
      const state = socketState(table, portOf(own), portOf(peer))
      if (state === 'open') flows.set(flow, beforeMs)
      else {
        flows.delete(flow)
        this.#context.ended(flow, side, state === 'closed' ? 'fin' : 'rst', {
          ...between(openMs, afterMs),
          ...(this.#hidden.has(flow) && { hidden: true }),
        })
      }
    }
  }
}

/** What the kernel of a peer says of its sockets: /proc/net/tcp, see Linux Documentation/networking/proc_net_tcp.rst. */

/** Whether a program still holds its end. `closed`: it has closed, `gone`: the kernel has given it up. */
type SocketState = 'open' | 'closed' | 'gone'

/** include/net/tcp_states.h: ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT. */
const OPEN: ReadonlySet<string> = new Set(['01', '02', '03', '08'])
const ROW = /^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:([0-9A-F]{4}) ([0-9A-F]{2}) /gm

/** By local and remote port. */
function socketState(procNetTcp: string, localPort: number, remotePort: number): SocketState {
  for (const [, local = '', remote = '', state = ''] of procNetTcp.matchAll(ROW)) {
    if (parseInt(local, 16) !== localPort || parseInt(remote, 16) !== remotePort) continue
    return OPEN.has(state) ? 'open' : 'closed'
  }
  return 'gone'
}
