/**
 * Whose connections these are. The device under test is the first client that the broker accepts, or the one that is named;
 * it is known again by its client id, and before its CONNECT (or where nobody can read it) by the address it comes from.
 */
import type { Event, FilterSummary } from '../../model/event.ts'
import { DeviceLine, type Terms } from './device-line.ts'
import type { Gate } from './gate.ts'

interface RosterContext {
  /** The device's client id; with `*` at its end, what it begins with. Absent: whoever comes first. */
  readonly clientId?: string
  /** The device speaks TLS with the broker: nothing can be read. */
  readonly tls: boolean
  /** Where a connection comes from. */
  addressOf(conn: number): string
}

/** More of them are not kept once they are over: a device that reconnects in a storm opens thousands. */
const MOST_LINES = 10_000
/** More names of other clients are not kept. */
const MOST_OTHERS = 100

/** Told of each event, it does a few steps' work for it, however many connections there were. */
export class Roster {
  readonly #context: RosterContext
  readonly #mostLines: number
  readonly #lines = new Map<number, DeviceLine>()
  /** The numbers of the device's own connections, also of those that were forgotten. */
  readonly #ownConns = new Set<number>()
  /** Own ones that are not over. */
  readonly #alive = new Map<number, DeviceLine>()
  readonly #others = new Set<string>()
  #device: { readonly clientId: string; readonly address: string } | undefined
  #first: DeviceLine | undefined
  #subscribes = false
  #forgotten = 0
  #newest = 0
  #steps = 0

  constructor(context: RosterContext, mostLines = MOST_LINES) {
    this.#context = context
    this.#mostLines = mostLines
  }

  see(event: Event): void {
    if (event.who !== 'link' || event.conn === undefined) return
    const line = this.#lines.get(event.conn) ?? this.#open(event.conn, event.atMs)
    if (!line) return
    line.see(event)
    if (!this.#device && this.#isUp(line) && this.#isWanted(line)) {
      this.#device = { clientId: line.terms.clientId, address: this.#context.addressOf(line.conn) }
      for (const each of this.#lines.values()) this.#place(each)
    } else this.#place(line)
  }

  get tls(): boolean {
    return this.#context.tls
  }

  /** Known once it has connected. */
  get device() {
    return this.#device
  }

  /** How many times it looked at a connection: its work, in steps. */
  get steps(): number {
    return this.#steps
  }

  /** All connections, in order of opening; of very many that are over only the last. */
  get lines(): readonly DeviceLine[] {
    return [...this.#lines.values()]
  }

  line(conn: number): DeviceLine | undefined {
    return this.#lines.get(conn)
  }

  /** The number of the connection that was opened last; 0: none was. */
  get newest(): number {
    return this.#newest
  }

  belongs(conn: number | undefined): boolean {
    return conn !== undefined && this.#ownConns.has(conn)
  }

  /** The device's own connections, in order of opening; of very many that are over only the last. */
  get own(): readonly DeviceLine[] {
    return this.lines.filter(({ conn }) => this.belongs(conn))
  }

  /** The first on which it was connected, else its first. */
  get first(): DeviceLine | undefined {
    return this.#first
  }

  /** How many the device opened. */
  get connections(): number {
    return this.#ownConns.size
  }

  /** How many messages it published. */
  get published(): number {
    return this.own.reduce((sum, { published }) => sum + published, this.#forgotten)
  }

  /** The newest on which it is connected: it may open one before it has closed the last. */
  get current(): DeviceLine | undefined {
    let newest: DeviceLine | undefined
    for (const line of this.#alive.values()) {
      this.#steps++
      if (this.#isUp(line) && line.conn > (newest?.conn ?? 0)) newest = line
    }
    return newest
  }

  /** It can be tested: also its subscription is in place, where it has one. */
  get ready(): boolean {
    const line = this.current
    if (!line) return false
    return !this.subscribes || line.subacked || line.terms.sessionPresent
  }

  get subscribes(): boolean {
    return this.#subscribes
  }

  /** What it is subscribed to: as its last connection that subscribed said. Sessions keep subscriptions. */
  get filters(): readonly FilterSummary[] {
    return this.own.findLast(({ filters }) => filters.length > 0)?.filters ?? []
  }

  /** Client ids of other clients that came through the link, in their order; of very many only the first. */
  get others(): readonly string[] {
    return [...this.#others]
  }

  /** `undefined`: it was forgotten. Connections are numbered in order of opening. */
  #open(conn: number, atMs: number): DeviceLine | undefined {
    if (conn <= this.#newest) return undefined
    this.#newest = conn
    const line = new DeviceLine(conn, atMs)
    this.#lines.set(conn, line)
    this.#forget()
    return line
  }

  /** Whose it is can change twice only: when the device is known, and by its CONNECT. */
  #place(line: DeviceLine): void {
    this.#steps++
    const { conn, connect } = line
    if (!this.#device) return
    if (!this.#isOwn(line, this.#device)) {
      this.#ownConns.delete(conn)
      this.#alive.delete(conn)
      if (this.#first === line) this.#first = this.own.find(({ accepted }) => accepted) ?? this.own[0]
      if (connect && this.#others.size < MOST_OTHERS) this.#others.add(line.terms.clientId)
      return
    }
    this.#ownConns.add(conn)
    if (line.alive) this.#alive.set(conn, line)
    else this.#alive.delete(conn)
    if (line.subscribed) this.#subscribes = true
    if (!this.#first || (line.accepted && !this.#first.accepted)) this.#first = line
  }

  #isOwn(line: DeviceLine, device: { readonly clientId: string; readonly address: string }): boolean {
    if (!line.connect || this.tls) return this.#context.addressOf(line.conn) === device.address
    return line.connect.clientId === device.clientId || this.#isNamed(line)
  }

  /** The oldest that are over. */
  #forget(): void {
    if (this.#lines.size <= this.#mostLines) return
    for (const line of this.#lines.values()) {
      this.#steps++
      if (line.alive || line === this.#first) continue
      this.#lines.delete(line.conn)
      if (this.belongs(line.conn)) this.#forgotten += line.published
      return
    }
  }

  #isUp(line: DeviceLine): boolean {
    return this.tls ? line.undecoded.size === 2 : line.accepted
  }

  #isWanted(line: DeviceLine): boolean {
    return this.#context.clientId === undefined || this.tls || this.#isNamed(line)
  }

  #isNamed({ connect }: DeviceLine): boolean {
    const { clientId: wanted } = this.#context
    const { clientId = '' } = connect ?? {}
    if (wanted === undefined) return false
    return wanted.endsWith('*') ? clientId.startsWith(wanted.slice(0, -1)) : clientId === wanted
  }
}

/** The device as it showed itself. */
export interface DeviceSubject extends Terms {
  /** Where it connected from. */
  readonly address: string
  readonly subscribes: boolean
  /** How many connections it opened, and how many messages it published, in the whole programme. */
  readonly connections: number
  readonly published: number
  /** Nothing of it could be read. */
  readonly tls: boolean
}

export function subjectOf(roster: Roster, gate: Pick<Gate, 'addressOf'>): DeviceSubject | undefined {
  const { first, subscribes, tls, connections, published } = roster
  if (!first) return undefined
  return {
    ...first.terms,
    address: gate.addressOf(first.conn),
    subscribes,
    connections,
    published,
    tls,
  }
}
