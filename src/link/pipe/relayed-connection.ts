/**
 * One TCP connection through the link, as the two peers' kernels know it.
 *
 * The link stands in the middle and ends the connection only by what it is given or told, so it must know what each
 * side still is:
 * - *live*: it may send and receive.
 * - *gone*: it sent an RST, or was handed one; its kernel has forgotten the connection. Whatever still arrives there is
 *   answered with an RST, as a kernel does for a packet of a connection that it does not know. That is how a peer
 *   learns, after a blackhole, that the other gave up in the meantime: its RST was lost, but the next packet to it
 *   draws another.
 * - *cut*: the link itself ended the connection towards it (`reset`, `close`, an idle timer). What it sends goes
 *   nowhere; what is sent to it vanishes without an answer, so that the other side is not told: it is left with a
 *   ghost, until it ends the connection itself.
 *
 * The connection is over when nothing more can happen: both FINs were delivered, or neither side is live, or a
 * ghost's last holder has ended it. A client that closes while its `open` is still held never had a connection (its
 * SYN did not get through and is not sent again), so the broker never hears of it.
 */
import type { Clock, Dated } from '../../clock/clock.ts'
import { FLOWS, type Flow, flowFrom, opposite, type Side, targetOf } from '../../model/flow.ts'
import type { StreamPlace } from '../../websocket/stream-place.ts'
import type { Item, Meeting } from '../toxics/toxic.ts'
import type { End, Ends, Hearer } from './ends.ts'
import { Intake } from './intake.ts'
import type { PeerView } from './kernel-view.ts'
import { weightOf } from './lane.ts'
import { Pipeline, type PipelineContext } from './pipeline.ts'
import type { Watch } from './tap.ts'
import type { Placed } from './toxic-set.ts'

/** What takes items from one side to the other: our own pipeline, or a way through something else. */
export type Carrier = Pick<
  Pipeline,
  'add' | 'replace' | 'lift' | 'enter' | 'holds' | 'loseHeld' | 'flush' | 'clear' | 'dispose'
> &
  Partial<Pick<Pipeline, 'isBare'>>

interface ConnectionContext {
  readonly clock: Clock
  readonly tap: Watch
  readonly rttMs: number
  readonly random: () => number
  mark(placed: Placed, what: 'held' | 'touched', note: string, when?: Dated): void
  over(connection: RelayedConnection): void
  /** Instead of the pipeline. */
  carrier?(context: PipelineContext): Carrier
}

export class RelayedConnection implements Hearer {
  readonly #context: ConnectionContext
  readonly #ends: Ends
  readonly #pipeline: Carrier
  readonly #intakes: { readonly [F in Flow]: Intake }
  readonly #state: Record<Side, 'live' | 'gone' | 'cut'> = { client: 'live', broker: 'live' }
  /** Sides that have sent their FIN or RST, and sides that were handed one. */
  readonly #ended = new Set<Side>()
  readonly #told = new Set<Side>()
  /** Sides whose end the kernel has shown, behind bytes that are not read; or that it can't show. */
  readonly #looked = new Set<Side>()
  /** How much of it was left unread at the last look. */
  readonly #unread: Record<Side, number> = { client: 0, broker: 0 }
  /** Who wants a flow to be left unread. */
  readonly #stalling = new Map<Flow, Placed>()
  /** The broker: `held` while the `open` is on its way, then `dialling`, with what waits for it. */
  #opening: 'held' | 'dialling' | 'open' = 'held'
  #waiting: Item[] = []
  readonly #openedMs: number
  #lastActivityMs: number
  #entered = false
  #over = false

  /** `attach` gives the ends, which may keep the connection to call it later. */
  constructor(context: ConnectionContext, attach: (connection: RelayedConnection) => Ends) {
    this.#context = context
    this.#ends = attach(this)
    this.#openedMs = context.clock.nowMs()
    this.#lastActivityMs = this.#openedMs
    this.#intakes = { up: this.#intake('client'), down: this.#intake('broker') }
    const within: PipelineContext = {
      clock: context.clock,
      leave: (flow, item) => this.#leave(targetOf(flow), item),
      end: (side, how) => this.end(side, how),
      mark: (toxic, what, note, when) => context.mark(toxic, what, note, when),
      weigh: (flow, delta) => this.#intakes[flow].weigh(delta),
      stall: (placed, flow, on) => this.#stall(placed, flow, on),
    }
    this.#pipeline = context.carrier?.(within) ?? new Pipeline(within)
  }

  add(placed: Placed): void {
    this.#pipeline.add(placed, this.#meeting())
  }

  replace(placed: Placed): void {
    this.#pipeline.replace(placed, this.#meeting())
  }

  lift(key: string): void {
    if (this.#neverOpened()) this.#finish()
    else this.#pipeline.lift(key)
  }

  /** `side` sent this. */
  arrive(side: Side, item: Item): void {
    if (this.#over || this.#state[side] === 'gone') return
    // After a FIN there may still come an RST: its kernel's answer to what is sent there.
    if (this.#ended.has(side) && (item.what !== 'rst' || this.#state[side] === 'cut')) return
    this.#entered = true
    const isKnown = this.#looked.has(side) && (item.what === 'fin' || item.what === 'rst')
    if (!isKnown) this.#context.tap.entered(side, item)
    if (item.what === 'fin' || item.what === 'rst') this.#ended.add(side)
    if (item.what === 'rst' && this.#state[side] === 'live') this.#state[side] = 'gone'
    if (this.#neverOpened()) this.#finish()
    else if (this.#state[side] !== 'cut') this.#pipeline.enter(flowFrom(side), item)
    this.#finishIfOver()
  }

  borrows(): boolean {
    return this.#opening === 'open' && this.#pipeline.isBare === true
  }

  /** The broker accepted. */
  established(): void {
    if (this.#over || this.#opening !== 'dialling') return
    // Until the last of them is handed over, what comes meanwhile waits behind them.
    for (let item = this.#waiting.shift(); item; item = this.#waiting.shift()) {
      this.#intakes.up.weigh(-weightOf(item))
      this.#deliver('broker', item)
    }
    this.#opening = 'open'
  }

  /** What was written to `side` piles up at its socket, or does not any more. */
  congested(side: Side, congested: boolean): void {
    if (!this.#over) this.#intakes[flowFrom(opposite(side))].congested(congested)
  }

  /** The link itself ends the connection towards `side`. False where there was nothing to end. */
  end(side: Side | 'both', how: 'fin' | 'rst'): boolean {
    const sides: readonly Side[] = side === 'both' ? ['client', 'broker'] : [side]
    const told = sides.filter(each => this.#cut(each, how))
    this.#finishIfOver()
    return told.length > 0
  }

  #cut(side: Side, how: 'fin' | 'rst'): boolean {
    if (this.#over || this.#state[side] !== 'live' || (side === 'broker' && this.#opening === 'held')) return false
    const towards = flowFrom(opposite(side))
    if (how === 'fin') this.#pipeline.flush(towards)
    else this.#pipeline.clear(towards)
    if (how === 'rst') this.#pipeline.loseHeld(flowFrom(side))
    this.#state[side] = 'cut'
    if (how === 'rst') this.#ended.add(side)
    const tells = how === 'rst' || !this.#told.has(side)
    if (tells) this.#context.tap.ended(side, how)
    if (tells) this.#ends[side][how]()
    return tells
  }

  /** The kernel of `side`, whose program has closed, stops sending again what did not get through. Nobody is told. */
  abandon(side: Side): void {
    if (this.#over || this.#state[side] !== 'live') return
    this.#state[side] = 'gone'
    this.#pipeline.loseHeld(flowFrom(side))
    this.#finishIfOver()
  }

  /** Lets go of everything without telling anybody. */
  dispose(): void {
    this.#over = true
    for (const flow of FLOWS) this.#intakes[flow].dispose()
    this.#waiting = []
    this.#pipeline.dispose()
  }

  #intake(side: Side): Intake {
    return new Intake(this.#ends[side], {
      clock: this.#context.clock,
      saw: (view, when) => this.#saw(side, view, when),
    })
  }

  #stall(placed: Placed, flow: Flow, on: boolean): void {
    if (on) this.#stalling.set(flow, placed)
    this.#intakes[flow].stall(on)
  }

  /** Of a side that is not read. Its end waits behind its bytes; the record has it when the kernel shows it. */
  #saw(side: Side, view: PeerView | undefined, when: Dated): void {
    const placed = this.#stalling.get(flowFrom(side))
    if (!placed || this.#looked.has(side) || this.#state[side] !== 'live') return
    if (view && !view.ended) {
      this.#unread[side] = view.unreadBytes
      if (view.unreadBytes > 0)
        this.#context.mark(placed, 'touched', `${view.unreadBytes} bytes of the ${side} were left unread`)
      return
    }
    this.#looked.add(side)
    if (view) this.#context.tap.endedUnread?.(side, view.ended, this.#unread[side], when)
    else this.#context.tap.unseen?.(side)
  }

  #meeting(): Meeting {
    const { clock, random, rttMs } = this.#context
    const place = (flow: Flow) => this.#place(flow)
    const fresh = !this.#entered
    const [openedMs, lastActivityMs] = [this.#openedMs, this.#lastActivityMs]
    return { nowMs: clock.nowMs(), openedMs, lastActivityMs, rttMs, place, random, fresh }
  }

  #leave(side: Side, item: Item): void {
    if (this.#over || this.#state[side] === 'cut') return
    if (this.#state[side] === 'gone') this.#answer(side, item)
    else if (side === 'broker' && this.#opening === 'dialling') this.#wait(item)
    else this.#deliver(side, item)
  }

  #deliver(side: Side, item: Item): void {
    this.#context.tap.left(side, item)
    if (item.what === 'bytes' || item.what === 'records') this.#lastActivityMs = this.#context.clock.nowMs()
    this.#hand(this.#ends[side], side, item)
    this.#finishIfOver()
  }

  #hand(end: End, side: Side, item: Item): void {
    switch (item.what) {
      case 'open':
        this.#opening = 'dialling'
        end.open()
        break
      case 'bytes':
        end.write(item.bytes)
        break
      case 'records':
        if (item.message !== undefined) end.tell?.(item.message)
        break
      case 'fin':
        this.#told.add(side)
        end.fin()
        // Closed both ways: nothing that it may still send counts.
        if (item.whole) this.arrive(side, item)
        break
      case 'rst':
        this.#told.add(side)
        this.#ended.add(side)
        this.#state[side] = 'gone'
        end.rst()
        break
    }
  }

  /** The kernel of a closed socket. */
  #answer(side: Side, item: Item): void {
    if (item.what !== 'rst') this.#pipeline.enter(flowFrom(side), { what: 'rst' })
  }

  /** Where the packets stand at the end of the chain: what waits for the broker has left it. */
  #place(flow: Flow): StreamPlace {
    const place = this.#context.tap.leavingPosition(flow)
    if (flow === 'up') for (const item of this.#waiting) if (item.what === 'bytes') place.push(item.bytes)
    return place
  }

  #wait(item: Item): void {
    this.#intakes.up.weigh(weightOf(item))
    this.#waiting.push(item)
  }

  #neverOpened(): boolean {
    return this.#opening === 'held' && this.#ended.has('client') && this.#pipeline.holds('up')
  }

  #finishIfOver(): void {
    const { client, broker } = this.#state
    const dead = client !== 'live' && broker !== 'live'
    const ghostLeft = this.#ghostLeft('client') || this.#ghostLeft('broker')
    if (this.#told.size === 2 || (dead && this.#ended.size === 2) || ghostLeft) this.#finish()
  }

  /** This side was cut, and the other, which was not told, has ended on its own. */
  #ghostLeft(side: Side): boolean {
    const other = opposite(side)
    return this.#state[side] === 'cut' && this.#state[other] !== 'cut' && this.#ended.has(other)
  }

  #finish(): void {
    if (this.#over) return
    this.dispose()
    this.#ends.client.close()
    this.#ends.broker.close()
    this.#context.over(this)
  }
}
