import mqttPacket from 'mqtt-packet'
import type { Kit, Record, Recorded } from '../../clock/kit.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import type { Attach, Ends } from '../../link/pipe/ends.ts'
import { Hub, type LinkPath } from '../../link/pipe/hub.ts'
import type { Endpoint, Entrance } from '../../link/pipe/relay.ts'
import type { RelayedConnection } from '../../link/pipe/relayed-connection.ts'
import { Tap, type Watch } from '../../link/pipe/tap.ts'
import type { PacketSummary } from '../../model/event.ts'
import type { Side } from '../../model/flow.ts'
import type { Refusal } from './device-limits.ts'

interface GateConnection {
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
  readonly #guests = new Map<number, GateConnection>()
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

  connect(attach: Attach, from: Endpoint): void {
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
    const place = guest.tap.leavingPosition('down')
    if (!inside && !place.between) return false
    const written = place.wrap(bytes)
    guest.tap.left('client', { what: 'bytes', bytes: written })
    guest.ends.client.write(written)
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
    guest.ends.client.write(guest.tap.leavingPosition('down').wrap(bytes))
    this.#record({ who: 'link', what: 'packet', flow: 'down', edge: 'client', conn, packet })
    // A server that refuses must close: 3.1.1 [MQTT-3.2.2-5], 5.0 [MQTT-3.2.2-7].
    guest.connection.end('both', 'fin')
    this.#record({ who: 'harness', what: 'fault-touched', fault: this.#refusing.fault, conn })
  }
}

/** "Server unavailable": return code 3 of MQTT 3.1.1 §3.2.2.3, reason code 0x88 of 5.0 §3.2.2.2. */
const UNAVAILABLE = { 4: 0x03, 5: 0x88 } as const

/** A CONNACK that turns a client away: fixed header, no session, the code, and in 5.0 no properties. */
function refusingConnack(protocol: number | undefined): {
  readonly bytes: Buffer
  readonly packet: PacketSummary
} {
  const code = UNAVAILABLE[protocol === 5 ? 5 : 4]
  const bytes = Buffer.from(protocol === 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code])
  return { bytes, packet: { cmd: 'connack', bytes: bytes.length, code, sessionPresent: false } }
}

/**
 * A CONNACK that is changed on its way to the device: what a broker could have answered, and this one did not. The record holds what
 * the device was told.
 */

export interface ConnackEdit {
  /** Server Keep Alive in seconds, MQTT 5.0 §3.2.2.3.14. 3.1.1 has none: there it changes nothing. */
  readonly serverKeepAliveS?: number
  /** The broker says that it kept no session: session present 0, 3.1.1 and 5.0 §3.2.2.2. */
  readonly noSession?: true
}

const CONNACK = 0x20
/** Fixed header, flags and return code of MQTT 3.1.1; a 5.0 one has properties too (§3.2). */
const CONNACK_3 = 4

/** RFC 6455 §5.2: the first byte of a whole binary message, and the longest payload whose length is in one byte. */
const BINARY = 0x82
const SHORT = 125
const HTTP_END = Buffer.from('\r\n\r\n')

/** Changes the CONNACK among the first bytes that a broker sends, also where those are of a WebSocket. */
class ConnackEditor {
  #isOver = false

  edit(bytes: Buffer, edit: ConnackEdit | undefined): Buffer {
    if (this.#isOver) return bytes
    // The answer to an upgrade comes before any packet.
    const end = bytes.toString('latin1', 0, 5) === 'HTTP/' ? bytes.indexOf(HTTP_END) + HTTP_END.length : 0
    const [before, rest] = [bytes.subarray(0, end), bytes.subarray(end)]
    if (rest.length === 0) return bytes
    this.#isOver = true
    const frameBytes = 2 + (rest[1] ?? 0)
    if (rest[0] !== BINARY || frameBytes > 2 + SHORT || rest.length < frameBytes)
      return end > 0 ? bytes : editConnack(bytes, edit)
    const changed = editConnack(rest.subarray(2, frameBytes), edit)
    if (changed.length > SHORT) return bytes
    return Buffer.concat([before, Buffer.from([BINARY, changed.length]), changed, rest.subarray(frameBytes)])
  }
}

/** The same bytes with their CONNACK changed, where they begin with a whole one. */
function editConnack(bytes: Buffer, edit: ConnackEdit | undefined): Buffer {
  const length = 2 + (bytes[1] ?? 0x80)
  // A CONNACK of more than 127 bytes has properties that nothing here was made for; it passes as it is.
  if (!edit || bytes[0] !== CONNACK || (bytes[1] ?? 0x80) > 0x7f || bytes.length < length) return bytes
  const protocolVersion = length === CONNACK_3 ? 4 : 5
  const parser = mqttPacket.parser({ protocolVersion })
  let changed = bytes
  parser.on('error', () => {})
  parser.on('packet', packet => {
    if (packet.cmd !== 'connack' || (packet.returnCode ?? packet.reasonCode ?? 0) !== 0) return
    const { serverKeepAliveS: serverKeepAlive, noSession } = edit
    const imposes = protocolVersion === 5 && serverKeepAlive !== undefined
    const answer = {
      ...packet,
      ...(noSession && { sessionPresent: false }),
      ...(imposes && { properties: { ...packet.properties, serverKeepAlive } }),
    }
    changed = mqttPacket.generate(answer, { protocolVersion })
  })
  parser.parse(bytes.subarray(0, length))
  return changed === bytes ? bytes : Buffer.concat([changed, bytes.subarray(length)])
}

type Current = () => ConnackEdit | undefined

/** Records what the device is told. A CONNACK is the first thing that a broker says: [MQTT-3.2.0-1] of 3.1.1 and 5.0. */
function edited(tap: Watch, current: Current): Watch {
  const editor = new ConnackEditor()
  return {
    entered: (side, item) => tap.entered(side, item),
    left(side, item) {
      const isAnswer = side === 'client' && item.what === 'bytes'
      tap.left(side, isAnswer ? { ...item, bytes: editor.edit(item.bytes, current()) } : item)
    },
    ended: (side, how) => tap.ended(side, how),
    leavingPosition: flow => tap.leavingPosition(flow),
  }
}

/** Tells the device the same. */
function editedEnds({ client, broker }: Ends, current: Current): Ends {
  const editor = new ConnackEditor()
  const write: typeof client.write = (bytes, sent) => client.write(editor.edit(bytes, current()), sent)
  return { client: { ...client, write }, broker }
}
