import type { Kit, Recorded } from '../../clock/kit.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import { FLOWS } from '../../model/flow.ts'
import { FORGOTTEN, idleCut } from '../toxics/idle-cut-toxic.ts'
import { toxics } from '../toxics/index.ts'
import type { Toxic } from '../toxics/toxic.ts'
import { datedEnds, type Ends } from './ends.ts'
import { Limit } from './limit.ts'
import { RelayedConnection } from './relayed-connection.ts'
import { Tap, type Watch } from './tap.ts'
import { type Placed, ToxicSet } from './toxic-set.ts'

export interface LinkPath {
  /** One way, each way. */
  readonly latencyMs: number
  readonly jitterMs: number
}

/**
 * All connections of one link, and the toxics that they share. It has no sockets: a relay plugs real ones in, a
 * simulation its own.
 */
export class Hub {
  readonly #kit: Kit
  readonly #path: LinkPath
  readonly #watch: (conn: number) => Watch
  readonly #toxics = new ToxicSet()
  readonly #limits = new Map<string, Limit>()
  readonly #connections = new Set<RelayedConnection>()
  readonly #touched = new Set<string>()
  /** On the path of an address that the client has no more. */
  readonly #left = new WeakSet<RelayedConnection>()
  #opened = 0

  constructor(kit: Kit, path: LinkPath, watch: (conn: number) => Watch = conn => new Tap(kit, conn)) {
    this.#kit = kit
    this.#path = path
    this.#watch = watch
    const { latencyMs, jitterMs } = path
    // Its own attributes need no check of their shape, and a sweep makes thousands of hubs.
    if (latencyMs > 0 || jitterMs > 0)
      this.place({ key: 'path', toxic: toxicCalled('delay'), attributes: { latencyMs, jitterMs }, flows: FLOWS })
  }

  /** A client opened a connection; `attach` gives its two ends. The broker's end is opened when the `open` leaves. */
  connect(attach: (connection: RelayedConnection) => Ends): RelayedConnection {
    const conn = ++this.#opened
    const { clock, random, ownActs } = this.#kit
    const connection = new RelayedConnection(
      {
        clock,
        random,
        tap: this.#watch(conn),
        rttMs: 2 * this.#path.latencyMs,
        mark: (placed, what, note) => this.#mark(conn, placed, what, note),
        over: ended => this.#connections.delete(ended),
      },
      ownActs ? each => datedEnds(attach(each), ownActs) : attach,
    )
    this.#connections.add(connection)
    for (const placed of this.#toxics.all()) connection.add(placed)
    for (const limit of this.#limits.values()) limit.enforce(this.#connections)
    connection.arrive('client', { what: 'open' })
    return connection
  }

  /** Throws where the order makes no sense: an unknown toxic, attributes of the wrong shape, a key given twice. */
  order(order: LinkOrder, fault: string): void {
    switch (order.do) {
      case 'add':
        this.#add({ ...order, key: `${fault}/${order.key}` }, fault)
        break
      case 'limit':
        this.#limit(order, fault)
        break
      case 'move':
        this.#move(order, fault)
        break
      case 'remove':
        // Of a limit: a connection that it forgot stays forgotten.
        if (!this.#limits.delete(`${fault}/${order.key}`)) this.lift(`${fault}/${order.key}`)
        break
      case 'end':
        this.#end(order, fault)
        break
    }
  }

  /** How many connections there are. */
  get size(): number {
    return this.#connections.size
  }

  /** Puts a toxic on every connection, live and to come. Throws where its key is taken. */
  place(placed: Placed): void {
    this.#toxics.add(placed)
    for (const connection of [...this.#connections]) connection.add(placed)
  }

  /** Gives the toxic of this key other attributes, in its place. */
  replace(placed: Placed): void {
    this.#toxics.replace(placed)
    for (const connection of [...this.#connections]) connection.replace(placed)
  }

  lift(key: string): void {
    if (!this.#toxics.remove(key)) throw new Error(`toxic ${key} is not in force on this link`)
    for (const connection of [...this.#connections]) connection.lift(key)
  }

  /** Lets go of every connection without telling anybody; no timer is left. */
  dispose(): void {
    for (const connection of this.#connections) connection.dispose()
    this.#connections.clear()
  }

  #add({ key, flows, ...order }: LinkOrder & { do: 'add' }, fault: string): void {
    const toxic = toxicCalled(order.toxic)
    this.place({ key, toxic, attributes: toxic.options.parse(order.attributes), flows, fault })
  }

  #limit(order: LinkOrder & { do: 'limit' }, fault: string): void {
    const key = `${fault}/${order.key}`
    if (this.#limits.has(key)) throw new Error(`limit ${key} is already in force on this link`)
    const limit = new Limit(order, key, fault)
    this.#limits.set(key, limit)
    limit.enforce(this.#connections)
  }

  /** What is open is on a dead path, and what comes is not: here an address is no more than that. */
  #move({ what }: LinkOrder & { do: 'move' }, fault: string): void {
    if (what !== 'address') throw new Error(`a relay can't do ${what}`)
    const placed = { key: `${fault}/move`, fault, toxic: idleCut, attributes: FORGOTTEN, flows: FLOWS }
    for (const connection of [...this.#connections]) {
      if (this.#left.has(connection)) continue
      this.#left.add(connection)
      connection.add(placed)
    }
  }

  #end({ side, how }: LinkOrder & { do: 'end' }, fault: string): void {
    const ended = [...this.#connections].filter(connection => connection.end(side, how)).length
    if (ended > 0) this.#touch(fault, `${how.toUpperCase()} to ${side} on ${ended} connection${ended === 1 ? '' : 's'}`)
  }

  #mark(conn: number, { fault }: Placed, what: 'held' | 'touched', note: string): void {
    if (fault === undefined) return
    if (what === 'touched') this.#touch(fault, `connection ${conn}: ${note}`)
    else this.#act({ who: 'harness', what: 'fault-held', fault, note, conn })
  }

  #act(event: Recorded): void {
    const { record, ownActs } = this.#kit
    ;(ownActs?.record ?? record)(event)
  }

  /** Once per fault: one proof is enough. */
  #touch(fault: string, note: string): void {
    if (this.#touched.has(fault)) return
    this.#touched.add(fault)
    this.#act({ who: 'harness', what: 'fault-touched', fault, note })
  }
}

function toxicCalled(name: string): Toxic {
  const toxic = toxics.get(name)
  if (!toxic) throw new Error(`no toxic is called ${name}`)
  return toxic
}
