import type { Duplex } from 'node:stream'
import type { IConnectPacket, Packet } from 'mqtt-packet'
import { z } from 'zod'
import type { Cancel, Clock } from '../../../clock/clock.ts'
import { realClock } from '../../../clock/real.ts'
import { version } from '../../../model/schema.ts'
import type { BrokerKind, EmbeddedBroker } from '../../brokers/broker.ts'
import { serve } from '../../brokers/serve.ts'
import { watchers } from '../../brokers/watchers.ts'
import { type Wireline, wireline } from '../wireline.ts'
import type { BrokerProfile } from './broker-profile.ts'
import { ModelSession, type Routed } from './model-session.ts'
import { FineSeconds, type Seconds, WholeSeconds } from './seconds.ts'
import { type DelayedWill, Stays } from './stays.ts'

interface ModelBrokerOptions {
  readonly max_keepalive?: number | undefined
  /** Where the broker's whole seconds, and with them its scans, stand when it starts; 0 <= phase < scanS, in seconds. */
  readonly phaseS?: number | undefined
}

/** What the connections of one broker share. */
interface BrokerState {
  readonly profile: BrokerProfile
  readonly clock: Clock
  /** In seconds; 0: no limit. */
  readonly maxKeepaliveS: number
  readonly seconds: Seconds
  tell: ReturnType<typeof watchers>['tell']
  /** The client id is now this connection's; an older one is sent away. Says whether a session was there. */
  enter(
    clientId: string,
    stay: { readonly clean: boolean; readonly expiryS: number },
    connection: BrokerConnection,
  ): { session: ModelSession; present: boolean }
  leave(clientId: string, connection: BrokerConnection, will: DelayedWill | undefined): void
  route(message: Routed): void
}

/** A broker as its profile says: keep-alive, will and its delay, sessions, QoS 0 to 2. Not modelled: retained messages, limits of any kind. */
function modelBroker(profile: BrokerProfile, options: ModelBrokerOptions, clock: Clock): EmbeddedBroker {
  const { watch, tell } = watchers()
  const sessions = new Map<string, ModelSession>()
  /** Those of them that want messages. */
  const subscribers = new Map<string, ModelSession>()
  const stays = new Stays(clock)
  /** Of the session of each client, in seconds. */
  const expiries = new Map<string, number>()
  const live = new Map<string, BrokerConnection>()
  const open = new Set<BrokerConnection>()

  const house: BrokerState = {
    profile,
    clock,
    maxKeepaliveS: options.max_keepalive ?? profile.maxKeepaliveS,
    seconds: new (profile.fine ? FineSeconds : WholeSeconds)(clock, options.phaseS ?? Math.random() * profile.scanS),
    tell,
    enter(clientId, { clean, expiryS }, connection) {
      live.get(clientId)?.end('taken over by a new connection')
      live.set(clientId, connection)
      stays.back(clientId, clean)
      const kept = clean ? undefined : sessions.get(clientId)
      const session = kept ?? new ModelSession(() => void subscribers.set(clientId, session))
      if (!kept) subscribers.delete(clientId)
      sessions.set(clientId, session)
      expiries.set(clientId, expiryS)
      return { session, present: kept !== undefined }
    },
    leave(clientId, connection, will) {
      if (live.get(clientId) !== connection) return will?.send()
      live.delete(clientId)
      stays.away(clientId, expiries.get(clientId) ?? 0, will, () => {
        sessions.delete(clientId)
        subscribers.delete(clientId)
      })
    },
    route(message) {
      for (const [clientId, session] of subscribers) {
        const packet = session.deliver(message, clock.nowMs())
        if (packet) live.get(clientId)?.send(packet)
      }
    },
  }

  const accept = (stream: Duplex): void => {
    const connection = new BrokerConnection(stream, house, () => open.delete(connection))
    open.add(connection)
  }

  return {
    version: profile.version,
    watch,
    accept,
    async [Symbol.asyncDispose]() {
      for (const connection of [...open]) connection.end('the broker stops')
      stays.forget()
    },
  }
}

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
const ACCEPTED = 0
const IDENTIFIER_REJECTED = 2

/** What a broker knows of a connection once its CONNECT is accepted. */
interface SignedOnClient {
  readonly clientId: string
  readonly session: ModelSession
  /** In force, in seconds; 0: off. */
  readonly keepaliveS: number
  /** Dropped by a DISCONNECT [MQTT-3.14.4-3 of 3.1.1]. */
  will: IConnectPacket['will']
}

/** One connection, as the broker sees it. */
class BrokerConnection {
  readonly #house: BrokerState
  readonly #line: Wireline
  readonly #gone: () => void
  #guest: SignedOnClient | undefined
  #lastInS: number
  #ended = false
  #cancelScan: Cancel = () => {}

  constructor(stream: Duplex, house: BrokerState, gone: () => void) {
    this.#house = house
    this.#gone = gone
    this.#lastInS = house.seconds.now()
    this.#line = wireline(stream, 4, {
      packet: packet => this.#onPacket(packet),
      closed: reason => this.#onClosed(reason),
    })
    this.#watch()
  }

  send(packet: Packet): void {
    this.#line.send(packet)
  }

  /** Waits for the first scan that can find it silent for too long; packets that come meanwhile only move the next wait. */
  #watch(): void {
    this.#cancelScan()
    const { profile, clock, seconds } = this.#house
    const keepaliveS = this.#guest ? this.#guest.keepaliveS : profile.connectS
    if (keepaliveS === 0 || this.#ended) return
    const allowedS = profile.allowedS(keepaliveS)
    this.#cancelScan = clock.at(seconds.scanMs(this.#lastInS, allowedS, profile.scanS), () => {
      if (seconds.isOver(this.#lastInS, allowedS)) this.#timeOut()
      else this.#watch()
    })
  }

  #timeOut(): void {
    if (this.#guest) this.#house.tell(this.#guest.clientId, { what: 'keepalive-timeout', note: 'exceeded timeout' })
    this.end('exceeded timeout')
  }

  /** As if the network had failed: the will goes out. */
  end(note: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelScan()
    this.#line.close()
    this.#gone()
    const guest = this.#guest
    if (!guest) return
    this.#house.tell(guest.clientId, { what: 'client-closed', note })
    this.#house.leave(guest.clientId, this, this.#delayed(guest))
  }

  #delayed({ will }: SignedOnClient): DelayedWill | undefined {
    if (!will) return undefined
    const { topic, payload, qos = 0, properties } = will
    return {
      delayS: properties?.willDelayInterval ?? 0,
      send: () => this.#house.route({ topic, payload: Buffer.from(payload), qos }),
    }
  }

  #onClosed(reason: string | undefined): void {
    if (reason && this.#guest && !this.#ended) this.#house.tell(this.#guest.clientId, { what: 'error', note: reason })
    this.end(reason ?? 'closed its connection')
  }

  #onPacket(packet: Packet): void {
    if (this.#ended) return
    this.#lastInS = this.#house.seconds.now()
    // [MQTT-3.1.0-1], [MQTT-3.1.0-2]: CONNECT comes first, and only once.
    if (packet.cmd === 'connect' && !this.#guest) this.#onConnect(packet)
    else if (packet.cmd !== 'connect' && this.#guest) this.#onGuestPacket(packet, this.#guest)
    else this.end('protocol error')
  }

  #onConnect(connect: IConnectPacket): void {
    const { clientId, clean = true, protocolVersion = 4, will } = connect
    this.#line.speak(protocolVersion)
    const keepaliveS = this.#keepaliveFor(connect)
    if (keepaliveS === undefined) {
      this.send({ cmd: 'connack', returnCode: IDENTIFIER_REJECTED, sessionPresent: false })
      this.end('identifier rejected')
      return
    }
    const { session, present } = this.#house.enter(clientId, { clean, expiryS: expiryOf(connect) }, this)
    this.#guest = { clientId, session, keepaliveS, will }
    this.#watch()
    this.#house.tell(clientId, {
      what: 'client-connected',
      note: `p${protocolVersion}, c${clean ? 1 : 0}, k${connect.keepalive ?? 0}`,
    })
    this.send(connack(protocolVersion, present, keepaliveS === (connect.keepalive ?? 0) ? undefined : keepaliveS))
    for (const packet of session.outbox.resend(this.#house.clock.nowMs())) this.send(packet)
  }

  /** The keep-alive in force; `undefined`: refused. MQTT 5.0 §3.2.2.3.14 lets the server choose, 3.1.1 has no way to say so. */
  #keepaliveFor({ keepalive = 0, protocolVersion }: IConnectPacket): number | undefined {
    const { maxKeepaliveS, profile } = this.#house
    if (maxKeepaliveS === 0 || (keepalive > 0 && keepalive <= maxKeepaliveS)) return keepalive
    return protocolVersion === 5 || profile.overLimit === 'clamp' ? maxKeepaliveS : undefined
  }

  #onGuestPacket(packet: Packet, guest: SignedOnClient): void {
    const { session } = guest
    if (packet.cmd === 'pingreq') this.send({ cmd: 'pingresp' })
    else if (packet.cmd === 'publish') this.#onPublish(packet, session)
    else if (packet.cmd === 'pubrel') this.send(session.inbox.release(packet.messageId))
    else if (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp') {
      const answer = session.outbox.answer(packet)
      if (answer) this.send(answer)
    } else if (packet.cmd === 'subscribe') {
      const granted = packet.subscriptions.map(({ topic, qos }) => session.subscribe(topic, qos))
      this.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted })
    } else if (packet.cmd === 'unsubscribe') {
      for (const filter of packet.unsubscriptions) session.unsubscribe(filter)
      this.send({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [] })
    } else if (packet.cmd === 'disconnect') this.#onDisconnect(packet.reasonCode, guest)
  }

  #onPublish({ topic, payload, qos, messageId }: Extract<Packet, { cmd: 'publish' }>, session: ModelSession): void {
    const { fresh, answer } = session.inbox.receive(qos, messageId)
    if (fresh) this.#house.route({ topic, payload: Buffer.from(payload), qos })
    if (answer) this.send(answer)
  }

  /** MQTT 5.0 [MQTT-3.14.4-3]: only reason 0x00 drops the will; 3.1.1 has no other. */
  #onDisconnect(reasonCode: number | undefined, guest: SignedOnClient): void {
    if ((reasonCode ?? 0) === 0) guest.will = undefined
    this.end('disconnected')
  }
}

/** How long the session outlasts its connection: MQTT 5.0 §3.1.2.11.2; in 3.1.1 Clean Session says whether it does (§3.1.2.4). */
function expiryOf({ clean = true, protocolVersion, properties }: IConnectPacket): number {
  if (protocolVersion === 5) return properties?.sessionExpiryInterval ?? 0
  return clean ? 0 : Infinity
}

function connack(protocolVersion: number, sessionPresent: boolean, serverKeepAlive: number | undefined): Packet {
  if (protocolVersion !== 5) return { cmd: 'connack', returnCode: ACCEPTED, sessionPresent }
  return {
    cmd: 'connack',
    reasonCode: ACCEPTED,
    sessionPresent,
    properties: serverKeepAlive === undefined ? {} : { serverKeepAlive },
  }
}

export const options = z.strictObject({
  max_keepalive: z.number().int().min(0).max(65_535).exactOptional().describe('as in mosquitto.conf, in seconds'),
  phaseS: z
    .number()
    .min(0)
    .exactOptional()
    .describe('where its scan for silent clients stands at the start, in seconds; random where absent'),
  version: version.exactOptional(),
})

/** The model of a broker as its profile says. */
export const modelOf = (profile: BrokerProfile): BrokerKind<ModelBrokerOptions> => ({
  name: profile.name,
  family: profile.family,
  summary: `model of the keep-alive of ${profile.real}`,
  model: true,
  options,
  protocols: [4, 5],
  can: new Set(),
  available: async () => true,
  version: async () => profile.version,
  start: async given => serve(modelBroker(profile, given, realClock())),
  embed: async (given, clock) => modelBroker(profile, given, clock),
})
