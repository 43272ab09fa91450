import { type Dated, dated } from '../../../clock/clock.ts'
import type { Kit, Recorded } from '../../../clock/kit.ts'
import type { LinkOrder } from '../../../faults/fault.ts'
import { FLOWS, type Flow } from '../../../model/flow.ts'
import { inTurn } from '../../../processes/pool.ts'
import { messageOf } from '../../../text/message-of.ts'
import { datedEnds, type Ends } from '../../pipe/ends.ts'
import { RelayedConnection } from '../../pipe/relayed-connection.ts'
import { Tap } from '../../pipe/tap.ts'
import { type Placed, ToxicSet } from '../../pipe/toxic-set.ts'
import { toxics } from '../../toxics/index.ts'
import type { RealToxic } from './api.ts'
import { Entrances } from './entrances.ts'
import { Passage } from './passage.ts'
import { realToxics } from './toxic-recipes.ts'
import type { ToxiproxyPlace } from './toxiproxy-place.ts'

export interface HubContext {
  readonly kit: Kit
  readonly place: ToxiproxyPlace
  /** One way, each way. */
  readonly latencyMs: number
  readonly jitterMs: number
  /** A proxy for each connection instead of one for all: an idle-cut is a thing of single connections. */
  readonly apart: boolean
}

type Add = Extract<LinkOrder, { do: 'add' }>
type End = Extract<LinkOrder, { do: 'end' }>

/** All connections of one run through one Toxiproxy, as `link/pipe/hub.ts` is for the relay of our own. */
export class ToxiproxyHub {
  readonly #context: HubContext
  readonly #entrances: Entrances
  readonly #placed = new ToxicSet()
  readonly #connections = new Set<RelayedConnection>()
  readonly #touched = new Set<string>()
  #opened = 0
  /** Orders are carried out one after the other. */
  readonly #inTurn = inTurn()

  constructor(context: HubContext) {
    this.#context = context
    this.#entrances = new Entrances(context.place, `halfopen-${context.kit.runId}`, context.apart)
  }

  /** Rejects where Toxiproxy can't be used. */
  async start(): Promise<void> {
    const { latencyMs, jitterMs } = this.#context
    if (latencyMs > 0 || jitterMs > 0)
      await this.#entrances.put('path', FLOWS, realToxics('delay', { latencyMs, jitterMs }))
    await this.#entrances.start()
  }

  connect(attach: (connection: RelayedConnection) => Ends): RelayedConnection {
    const conn = ++this.#opened
    const { clock, random, record, ownActs } = this.#context.kit
    const entrance = this.#entrances.open(conn)
    const connection = new RelayedConnection(
      {
        clock,
        random,
        tap: new Tap(this.#context.kit, conn),
        rttMs: 2 * this.#context.latencyMs,
        mark: (placed, what, note, when) => this.#mark(conn, placed, what, note, when),
        over: ended => {
          this.#connections.delete(ended)
          this.#entrances.close(conn)
        },
        carrier: pipeline =>
          new Passage(pipeline, {
            landing: this.#context.place.landing,
            upstream: this.#context.place.upstream,
            entrance: entrance.then(({ address }) => address),
            block: async (flow: Flow, blocked: boolean) => (await entrance).chain.block(flow, blocked),
            trouble: error => record({ who: 'harness', what: 'trouble', note: messageOf(error) }),
          }),
      },
      ownActs ? each => datedEnds(attach(each), ownActs) : attach,
    )
    this.#connections.add(connection)
    for (const placed of this.#placed.all()) connection.add(placed)
    connection.arrive('client', { what: 'open' })
    return connection
  }

  /** Resolves once Toxiproxy says that it is so, with when that was. */
  order(order: LinkOrder, fault: string): Promise<Dated> {
    const act = () => {
      if (order.do === 'add') return this.#add(order, fault)
      if (order.do === 'remove') return this.#remove(`${fault}/${order.key}`)
      if (order.do === 'limit') throw new Error("Toxiproxy can't limit its connections")
      if (order.do === 'move') throw new Error("Toxiproxy can't move a client")
      return this.#end(order, fault)
    }
    return this.#inTurn(() => dated(this.#context.kit.clock, act))
  }

  dispose(): void {
    for (const connection of this.#connections) connection.dispose()
    this.#connections.clear()
  }

  /** After `dispose`. */
  removeProxies(): Promise<void> {
    return this.#entrances[Symbol.asyncDispose]()
  }

  async #add({ key, toxic: name, attributes: given, flows }: Add, fault: string): Promise<void> {
    const toxic = toxics.get(name)
    if (!toxic) throw new Error(`no toxic is called ${name}`)
    const attributes = toxic.options.parse(given)
    const placed: Placed = { key: `${fault}/${key}`, fault, toxic, attributes, flows }
    const real: readonly RealToxic[] = realToxics(name, attributes)
    await this.#entrances.put(placed.key, flows, real)
    this.#placed.add(placed)
    for (const connection of this.#connections) connection.add(placed)
  }

  async #remove(key: string): Promise<void> {
    if (!this.#placed.remove(key)) throw new Error(`toxic ${key} is not in force on this link`)
    // First, so that the taps know when TCP would send again what Toxiproxy is about to let go at once.
    for (const connection of [...this.#connections]) connection.lift(key)
    await this.#entrances.take(key)
  }

  async #end({ side, how }: End, fault: string): Promise<void> {
    const ended = [...this.#connections].filter(connection => connection.end(side, how)).length
    if (ended > 0) this.#touch(fault, `${how.toUpperCase()} to ${side} on ${ended} connection${ended === 1 ? '' : 's'}`)
  }

  #mark(conn: number, { fault }: Placed, what: 'held' | 'touched', note: string, when?: Dated): void {
    if (fault === undefined) return
    if (what === 'touched') this.#touch(fault, `connection ${conn}: ${note}`)
    else this.#act({ who: 'harness', what: 'fault-held', fault, note, conn, ...when })
  }

  #act(event: Recorded): void {
    const { record, ownActs } = this.#context.kit
    ;(ownActs?.record ?? record)(event)
  }

  /** Once per fault: one proof is enough. */
  #touch(fault: string, note: string): void {
    if (this.#touched.has(fault)) return
    this.#touched.add(fault)
    this.#act({ who: 'harness', what: 'fault-touched', fault, note })
  }
}
