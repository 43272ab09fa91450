import mqttPacket from 'mqtt-packet'
import type { Cancel, Clock } from '../../clock/clock.ts'
import type { End } from '../../link/pipe/ends.ts'
import type { RelayedConnection } from '../../link/pipe/relayed-connection.ts'
import { type KeepaliveRules, KeepaliveState } from '../models/keepalive.ts'
import type { FleetBackoff } from './fleet-options.ts'

/** What a device of a fleet shares with all others of its part. */
export interface DeviceShare {
  readonly clock: Clock
  readonly random: () => number
  readonly rules: KeepaliveRules
  readonly protocol: 4 | 5
  readonly keepaliveS: number
  readonly honoursServerKeepAlive: boolean
  /** Absent: it stays away once it has lost its connection. */
  readonly backoff: FleetBackoff | undefined
  /** The CONNECT of this device, with its will. */
  connectBytes(device: number): Buffer
  /** A connection through the link, with this near end. */
  dial(device: number, end: End): RelayedConnection
  /** It has its CONNACK; or had to give an attempt up; or lost a connection that it had. */
  told(device: FleetDevice, what: 'accepted' | 'refused' | 'lost', why: string): void
}

/** Without CONNACK for this long it hangs up, as the models of single clients do (peers/models/clients/client-model.ts). */
const CONNACK_MS = 30_000

const PINGREQ = Buffer.from([0xc0, 0x00])
const [CONNACK, PUBLISH, PINGRESP, DISCONNECT] = [2, 3, 13, 14] as const

/**
 * One client of a fleet: a state machine at the near end of its connection through the link. It connects, pings, gives up and comes back
 * as its library's profile says, and does nothing else.
 */
export class FleetDevice {
  readonly number: number
  readonly #share: DeviceShare
  #end: FleetEnd | undefined
  #keepalive: KeepaliveState | undefined
  #connected = false
  #delayMs: number
  /** Either it waits for a CONNACK, for a look at its clock, or for its next attempt. */
  #cancel: Cancel = () => {}
  #rest: Buffer | undefined

  constructor(number: number, share: DeviceShare) {
    this.number = number
    this.#share = share
    this.#delayMs = share.backoff?.firstMs ?? 0
  }

  connect(): void {
    const { clock, dial, connectBytes } = this.#share
    this.#rest = undefined
    this.#cancel = clock.at(clock.nowMs() + CONNACK_MS, () => this.#leave('no CONNACK'))
    const end = new FleetEnd(this)
    this.#end = end
    end.dialled(dial(this.number, end))
    end.send(connectBytes(this.number))
  }

  /** It is gone without a word to anybody. */
  dispose(): void {
    this.#cancel()
    this.#end?.leave()
    this.#end = undefined
    this.#keepalive = undefined
  }

  /** The link handed it an end: a FIN, which it answers with its own, or an RST. */
  ended(how: 'fin' | 'rst'): void {
    if (how === 'fin') this.#leave('the broker closed')
    else this.#gone('reset')
  }

  received(bytes: Buffer): void {
    const whole = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes
    let at = 0
    for (let end = packetEnd(whole, at); end !== undefined; end = packetEnd(whole, at)) {
      const packet = whole.subarray(at, end)
      at = end
      this.#onPacket(packet)
      if (!this.#end) return
    }
    // A copy: what is left of a chunk must not keep all of it.
    this.#rest = at < whole.length ? Buffer.from(whole.subarray(at)) : undefined
    if (this.#connected) this.#arm()
  }

  #onPacket(packet: Buffer): void {
    const type = (packet[0] ?? 0) >> 4
    this.#keepalive?.received(this.#share.clock.nowMs(), type === PINGRESP)
    if (type === CONNACK) this.#onConnack(packet)
    else if (type === DISCONNECT) this.#leave(`the broker said DISCONNECT ${packet[2] ?? 0}`)
    else if (type !== PINGRESP && type !== PUBLISH) this.#leave(`a packet of type ${type} that nobody asked for`)
  }

  #onConnack(packet: Buffer): void {
    // At the same place in both protocols: 3.1.1 §3.2.2.3, 5.0 §3.2.2.2.
    const code = packet[3] ?? 0
    if (code !== 0) {
      this.#leave(`CONNACK ${code}`)
      return
    }
    const { clock, rules, keepaliveS, backoff } = this.#share
    this.#cancel()
    this.#connected = true
    this.#delayMs = backoff?.firstMs ?? 0
    const inForceS = this.#imposedS(packet) ?? keepaliveS
    if (inForceS > 0) {
      const phaseMs = rules.wholeSeconds ? this.#share.random() * 1000 : 0
      this.#keepalive = new KeepaliveState(rules, inForceS * 1000, clock.nowMs(), phaseMs)
    }
    this.#share.told(this, 'accepted', '')
  }

  /** MQTT 5.0 §3.2.2.3.14. */
  #imposedS(packet: Buffer): number | undefined {
    const { protocol, honoursServerKeepAlive } = this.#share
    if (protocol !== 5 || !honoursServerKeepAlive) return undefined
    let imposedS: number | undefined
    const parser = mqttPacket.parser({ protocolVersion: 5 })
    parser.on('packet', answer => {
      if (answer.cmd === 'connack') imposedS = answer.properties?.serverKeepAlive
    })
    parser.parse(packet)
    return imposedS
  }

  #look(): void {
    const act = this.#keepalive?.look(this.#share.clock.nowMs())
    if (act === 'ping') this.#end?.send(PINGREQ)
    if (act === 'give-up') this.#leave('its keep-alive timed out')
    else this.#arm()
  }

  #arm(): void {
    this.#cancel()
    if (!this.#keepalive) return
    const { clock } = this.#share
    this.#cancel = clock.at(this.#keepalive.nextLookMs(clock.nowMs()), () => this.#look())
  }

  /** It closes the connection, which the link is to take to the broker. */
  #leave(why: string): void {
    const end = this.#end
    this.#gone(why)
    end?.sendFin()
  }

  #gone(why: string): void {
    if (!this.#end) return
    this.#end.leave()
    const { clock, backoff, random, told } = this.#share
    this.#cancel()
    const wasConnected = this.#connected
    this.#end = undefined
    this.#keepalive = undefined
    this.#connected = false
    this.#rest = undefined
    told(this, wasConnected ? 'lost' : 'refused', why)
    if (!backoff) return
    const spread = 1 + backoff.jitter * (2 * random() - 1)
    this.#cancel = clock.at(clock.nowMs() + this.#delayMs * spread, () => this.connect())
    this.#delayMs = Math.min(this.#delayMs * backoff.factor, backoff.mostMs)
  }
}

/** The near end of one connection of a device, which may have another by the time that this one is over. */
class FleetEnd implements End {
  #device: FleetDevice | undefined
  #connection: RelayedConnection | undefined

  constructor(device: FleetDevice) {
    this.#device = device
  }

  dialled(connection: RelayedConnection): void {
    this.#connection = connection
  }

  send(bytes: Buffer): void {
    this.#connection?.arrive('client', { what: 'bytes', bytes })
  }

  sendFin(): void {
    this.#connection?.arrive('client', { what: 'fin' })
  }

  /** The device has closed it: whatever still comes is answered as a kernel does. */
  leave(): void {
    this.#device = undefined
  }

  open(): void {}
  pause(): void {}
  resume(): void {}
  write(bytes: Buffer): void {
    if (this.#device) this.#device.received(bytes)
    else this.#connection?.arrive('client', { what: 'rst' })
  }
  fin(): void {
    this.#device?.ended('fin')
  }
  rst(): void {
    this.#device?.ended('rst')
  }
  close(): void {
    this.#device?.ended('rst')
    this.#connection = undefined
  }
}

/** Where the packet that begins at `at` ends; `undefined` where not all of it is there. Remaining Length: 3.1.1 §2.2.3, 5.0 §1.5.5. */
function packetEnd(bytes: Buffer, at: number): number | undefined {
  let length = 0
  for (let i = 0; i < 4; i++) {
    const digit = bytes[at + 1 + i]
    if (digit === undefined) return undefined
    length += (digit & 0x7f) * 128 ** i
    if (digit < 0x80) {
      const end = at + 2 + i + length
      return end <= bytes.length ? end : undefined
    }
  }
  return undefined
}
