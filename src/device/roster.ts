/**
 * Whose connections these are. The device under test is the first client that the broker accepts, or the one that is named;
 * it is known again by its client id, and before its CONNECT (or where nobody can read it) by the address it comes from.
 */
import type { Event } from '../model/event.ts'
import { Line } from './line.ts'

export interface RosterSeat {
  /** The device's client id; with `*` at its end, what it begins with. Absent: whoever comes first. */
  readonly clientId?: string
  /** The device speaks TLS with the broker: nothing can be read. */
  readonly tls: boolean
  /** Where a connection comes from. */
  addressOf(conn: number): string
}

export class Roster {
  readonly #seat: RosterSeat
  readonly #lines = new Map<number, Line>()
  #device: { readonly clientId: string; readonly address: string } | undefined

  constructor(seat: RosterSeat) {
    this.#seat = seat
  }

  see(event: Event): void {
    if (event.who !== 'link' || event.conn === undefined) return
    const line = this.#lines.get(event.conn) ?? new Line(event.conn, event.atMs)
    this.#lines.set(event.conn, line)
    line.see(event)
    if (!this.#device && this.#isUp(line) && this.#isWanted(line))
      this.#device = { clientId: line.terms.clientId, address: this.#seat.addressOf(line.conn) }
  }

  get tls(): boolean {
    return this.#seat.tls
  }

  /** Known once it has connected. */
  get device() {
    return this.#device
  }

  /** All connections, in order of opening. */
  get lines(): readonly Line[] {
    return [...this.#lines.values()]
  }

  belongs(conn: number | undefined): boolean {
    const line = conn === undefined ? undefined : this.#lines.get(conn)
    if (!line || !this.#device) return false
    if (!line.connect || this.tls) return this.#seat.addressOf(line.conn) === this.#device.address
    return line.connect.clientId === this.#device.clientId || this.#isNamed(line)
  }

  /** The device's own connections. */
  get own(): readonly Line[] {
    return this.lines.filter(({ conn }) => this.belongs(conn))
  }

  /** The newest on which it is connected: it may open one before it has closed the last. */
  get current(): Line | undefined {
    return this.own.findLast(line => line.alive && this.#isUp(line))
  }

  /** It can be tested: also its subscription is in place, where it has one. */
  get ready(): boolean {
    const line = this.current
    if (!line) return false
    return !this.subscribes || line.subacked || line.terms.sessionPresent
  }

  get subscribes(): boolean {
    return this.own.some(({ subscribed }) => subscribed)
  }

  /** Client ids of whoever else came through the link. */
  get others(): readonly string[] {
    const strangers = this.lines.filter(({ conn, connect }) => connect && this.#device && !this.belongs(conn))
    return [...new Set(strangers.map(({ terms }) => terms.clientId))]
  }

  #isUp(line: Line): boolean {
    return this.tls ? line.undecoded.size === 2 : line.accepted
  }

  #isWanted(line: Line): boolean {
    return this.#seat.clientId === undefined || this.tls || this.#isNamed(line)
  }

  #isNamed({ connect }: Line): boolean {
    const { clientId: wanted } = this.#seat
    const { clientId = '' } = connect ?? {}
    if (wanted === undefined) return false
    return wanted.endsWith('*') ? clientId.startsWith(wanted.slice(0, -1)) : clientId === wanted
  }
}
