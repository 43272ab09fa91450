import type { Kit, Record, Recorded } from '../clock/kit.ts'
import type { LinkOrder } from '../faults/fault.ts'
import type { Ends } from '../link/pipe/ends.ts'
import { Hub, type LinkPath } from '../link/pipe/hub.ts'
import type { Endpoint, Entrance } from '../link/pipe/relay.ts'
import type { RelayedConnection } from '../link/pipe/relayed-connection.ts'
import { Tap, type Watch } from '../link/pipe/tap.ts'
import type { Side } from '../model/flow.ts'
import { type ConnackEdit, edited, editedEnds } from './connack-edit.ts'
import type { Refusal } from './limits.ts'
import { refusingConnack } from './refusing-connack.ts'

interface Guest {
  readonly connection: RelayedConnection
  readonly ends: Ends
  readonly tap: Watch
  /** Edges at which it is open. */
  readonly open: Set<Side>
}

/**
 * The link's hub, and before it somebody who knows where connections come from, can end a single one, and can turn new ones
 * away for as long as the server is to be down.
 */
export class Gate implements Entrance {
  readonly #hub: Hub
  readonly #record: Record
  readonly #guests = new Map<number, Guest>()
  readonly #addresses = new Map<number, string>()
  #refusing: { readonly how: Refusal; readonly fault: string } | undefined
  #conn = 0
  #tap: Watch | undefined
  #connack: ConnackEdit | undefined

  constructor(kit: Kit, path: LinkPath) {
    const record: Record = event => {
      kit.record(event)
      this.#follow(event)
      if (event.what === 'packet' && event.edge === 'client' && event.packet.cmd === 'connect')
        this.#refuseConnect(event.conn, event.packet.protocolVersion)
    }
    this.#record = record
    this.#hub = new Hub({ ...kit, record }, path, conn => {
      this.#conn = conn
      this.#tap = edited(new Tap({ record }, conn), () => this.#connack)
      return this.#tap
    })
  }

  connect(attach: (connection: RelayedConnection) => Ends, from: Endpoint): void {
    let ends: Ends | undefined
    // The hub has numbered the connection by the time that it asks for the ends.
    const connection = this.#hub.connect(each => {
      this.#addresses.set(this.#conn, from.host)
      ends = editedEnds(attach(each), () => this.#connack)
      if (this.#tap) this.#guests.set(this.#conn, { connection: each, ends, tap: this.#tap, open: new Set(['client']) })
      return ends
    })
    const { how, fault } = this.#refusing ?? {}
    if (how === undefined || fault === undefined || how === 'connack') return
    connection.end('both', how)
    this.#record({ who: 'harness', what: 'fault-touched', fault, conn: this.#conn })
  }

  addressOf(conn: number): string {
    return this.#addresses.get(conn) ?? ''
  }

  order(order: LinkOrder, fault: string): void {
    this.#hub.order(order, fault)
  }

  /** Ends one connection towards both sides. False where there was nothing to end. */
  cut(conn: number, how: 'rst' | 'fin'): boolean {
    return this.#guests.get(conn)?.connection.end('both', how) ?? false
  }

  /** Turns away whoever comes from now on; `undefined`: nobody any more. */
  refuse(how: Refusal | undefined, fault: string): void {
    this.#refusing = how === undefined ? undefined : { how, fault }
  }

  /**
   * Hands the device bytes of one packet as if the broker had sent them. False where that can't be: the connection is over, or the
   * packet would come in the middle of another. `inside`: it goes on with a packet that was begun in this way.
   */
  say(conn: number, bytes: Buffer, inside = false): boolean {
    const guest = this.#guests.get(conn)
    if (!guest?.open.has('client')) return false
    if (!inside && !guest.tap.leavingPosition('down').between) return false
    guest.tap.left('client', { what: 'bytes', bytes })
    guest.ends.client.write(bytes)
    return true
  }

  /** What every CONNACK is changed to on its way to the device from now on; `undefined`: nothing. */
  editConnack(edit: ConnackEdit | undefined): void {
    this.#connack = edit
  }

  dispose(): void {
    this.#guests.clear()
    this.#hub.dispose()
  }

  /** A connection that is over at both edges is let go of: a device may open thousands. */
  #follow(event: Recorded): void {
    const guest = event.conn === undefined ? undefined : this.#guests.get(event.conn)
    if (!guest || event.who !== 'link' || event.conn === undefined) return
    if (event.what === 'open') guest.open.add(event.edge)
    if (event.what === 'fin' || event.what === 'rst') guest.open.delete(event.edge)
    if (guest.open.size === 0) this.#guests.delete(event.conn)
  }

  #refuseConnect(conn: number | undefined, protocol: number | undefined): void {
    const guest = conn === undefined ? undefined : this.#guests.get(conn)
    if (this.#refusing?.how !== 'connack' || !guest || conn === undefined) return
    const { bytes, packet } = refusingConnack(protocol)
    guest.ends.client.write(bytes)
    this.#record({ who: 'link', what: 'packet', flow: 'down', edge: 'client', conn, packet })
    // A server that refuses must close: 3.1.1 [MQTT-3.2.2-5], 5.0 [MQTT-3.2.2-7].
    guest.connection.end('both', 'fin')
    this.#record({ who: 'harness', what: 'fault-touched', fault: this.#refusing.fault, conn })
  }
}
