import { connect } from 'node:net'
import type { Packet } from 'mqtt-packet'
import { z } from 'zod'
import type { Cancel, Clock } from '../../../clock/clock.ts'
import { realClock } from '../../../clock/real.ts'
import type { PeerEvent } from '../../../model/event.ts'
import { version } from '../../../model/schema.ts'
import type { ClientContext, ClientKind, Message, StartedClient } from '../../clients/client.ts'
import { decodePayload, willPacket } from '../../clients/payload.ts'
import { type KeepaliveRules, KeepaliveState } from '../keepalive.ts'
import { ModelInbox, ModelOutbox, publishPacket } from '../model-outbox.ts'
import { type Wireline, wireline } from '../wireline.ts'

/** How long after a lost connection the next attempt starts: `firstMs`, multiplied at each failure, up to `mostMs`. */
interface Backoff {
  readonly firstMs: number
  readonly factor: number
  readonly mostMs: number
}

/** What a family of clients does, as data; each value stands in facts of its source. */
export interface ClientProfile {
  /** As scenario files spell it. */
  readonly name: string
  /** The name by which windows know the real client; absent: the same. */
  readonly family?: string
  /** Name and versions of the real client. */
  readonly real: string
  /** The version whose source was read. */
  readonly version: string
  /** The versions that do the same, as `inRange` takes them (timing/version.ts). */
  readonly versions: string
  /** Where it stands in that source. */
  readonly source: string
  readonly rules: (protocol: 4 | 5) => KeepaliveRules
  /** Uses the Server Keep Alive of MQTT 5.0 [MQTT-3.2.2-21]. */
  readonly honoursServerKeepAlive: boolean
  /** The DISCONNECT that it writes before it closes on a missing PINGRESP: its reason code. */
  readonly farewell?: (protocol: 4 | 5) => number | undefined
  /** What its application is told on a missing PINGRESP. */
  readonly told: string
  /** Absent: it stays away unless the application connects again. */
  readonly reconnect?: Backoff
}

/** Wakes exactly when something is due, or so nearly that facts give no figure. */
export const exactly = (): number => 0

/** Without CONNACK for this long it hangs up: the default of MQTT.js, Paho C and Paho Go; facts have no figure for the others. */
const CONNACK_MS = 30_000

/** Where a scenario wants no reconnects, or wants them of a client that by default stays away. */
interface ModelClientOptions {
  readonly reconnect?: boolean | undefined
}

/** For a client that by default stays away, when the scenario wants it back. */
const DEFAULT_BACKOFF: Backoff = { firstMs: 1000, factor: 2, mostMs: 60_000 }

/** A client as its profile says: keep-alive, closing, coming back. Messages and sessions are the plain ones of the specification. */
class ModelClient implements StartedClient {
  readonly #profile: ClientProfile
  readonly #context: ClientContext<ModelClientOptions>
  readonly #clock: Clock
  readonly #rules: KeepaliveRules
  /** Where the seconds of its clock stand is the client's own affair. */
  readonly #phaseMs: number
  readonly #backoff: Backoff | undefined
  readonly #outbox = new ModelOutbox()
  readonly #inbox = new ModelInbox()
  #line: Wireline | undefined
  #keepalive: KeepaliveState | undefined
  #connected = false
  #disposed = false
  #delayMs: number
  #cancelLook: Cancel = () => {}
  #cancelDial: Cancel = () => {}
  #cancelConnack: Cancel = () => {}

  constructor(profile: ClientProfile, context: ClientContext<ModelClientOptions>) {
    this.#profile = profile
    this.#context = context
    this.#clock = context.clock ?? realClock()
    this.#rules = profile.rules(context.protocol)
    this.#phaseMs = this.#rules.wholeSeconds ? Math.random() * 1000 : 0
    this.#backoff = backoffOf(profile, context.options)
    this.#delayMs = this.#backoff?.firstMs ?? 0
    this.#dial()
  }

  publish(message: Message, seq: number): void {
    this.#tell('published', { flow: 'up', seq })
    if (message.qos === 0) {
      // Where there is no connection, a message without QoS is gone.
      if (this.#connected) this.#send(publishPacket(message, undefined, false))
      return
    }
    const packet = this.#outbox.add(message, this.#clock.nowMs(), sentMs => {
      this.#keepalive?.acknowledged(sentMs)
      this.#tell('acknowledged', { flow: 'up', seq })
    })
    if (this.#connected) this.#send(packet)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#stopTimers()
    this.#cancelDial()
    this.#line?.close()
  }

  #tell(what: PeerEvent['what'], more: Partial<Pick<PeerEvent, 'note' | 'flow' | 'seq'>> = {}): void {
    if (!this.#disposed) this.#context.record({ who: 'client', what, ...more })
  }

  #dial(): void {
    const { dial, address, protocol } = this.#context
    const stream = dial?.() ?? connect({ ...address, noDelay: true })
    const line = wireline(stream, protocol, {
      packet: packet => this.#onPacket(packet),
      closed: reason => this.#onClosed(reason),
    })
    this.#line = line
    line.send(connectPacket(this.#context))
    this.#cancelConnack = this.#clock.at(this.#clock.nowMs() + CONNACK_MS, () => this.#close('no CONNACK'))
  }

  #send(packet: Packet): void {
    this.#line?.send(packet)
    this.#keepalive?.sent(this.#clock.nowMs())
    this.#arm()
  }

  #close(told: string): void {
    this.#tell('error', { note: told })
    const code = this.#profile.farewell?.(this.#context.protocol)
    if (code !== undefined && this.#connected) this.#line?.send({ cmd: 'disconnect', reasonCode: code })
    this.#stopTimers()
    this.#line?.close()
  }

  #onClosed(reason: string | undefined): void {
    if (this.#disposed) return
    this.#stopTimers()
    this.#connected = false
    this.#keepalive = undefined
    this.#line = undefined
    if (reason) this.#tell('error', { note: reason })
    this.#tell('closed')
    this.#comeBack()
  }

  #comeBack(): void {
    const backoff = this.#backoff
    if (!backoff) return
    this.#cancelDial = this.#clock.at(this.#clock.nowMs() + this.#delayMs, () => {
      this.#tell('reconnecting')
      this.#dial()
    })
    this.#delayMs = Math.min(this.#delayMs * backoff.factor, backoff.mostMs)
  }

  #onPacket(packet: Packet): void {
    const nowMs = this.#clock.nowMs()
    this.#keepalive?.received(nowMs, packet.cmd === 'pingresp')
    if (packet.cmd === 'connack')
      this.#onConnack(packet.returnCode ?? packet.reasonCode ?? 0, packet.properties?.serverKeepAlive)
    else if (packet.cmd === 'publish') this.#onPublish(packet)
    else if (packet.cmd === 'pubrel') this.#send(this.#inbox.release(packet.messageId))
    else if (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp') {
      const answer = this.#outbox.answer(packet)
      if (answer) this.#send(answer)
    } else if (packet.cmd === 'disconnect') this.#line?.close()
    this.#arm()
  }

  #onConnack(code: number, serverKeepAliveS: number | undefined): void {
    this.#cancelConnack()
    if (code === 0) this.#welcome(serverKeepAliveS)
    else this.#close(`the broker refused the connection: CONNACK ${code}`)
  }

  #welcome(serverKeepAliveS: number | undefined): void {
    const { keepaliveS, subscribe } = this.#context
    this.#connected = true
    this.#delayMs = this.#backoff?.firstMs ?? 0
    this.#tell('connected')
    const inForceS = this.#profile.honoursServerKeepAlive ? (serverKeepAliveS ?? keepaliveS) : keepaliveS
    if (inForceS > 0)
      this.#keepalive = new KeepaliveState(this.#rules, inForceS * 1000, this.#clock.nowMs(), this.#phaseMs)
    if (subscribe) this.#send(subscribePacket(subscribe, this.#outbox.nextId()))
    for (const packet of this.#outbox.resend(this.#clock.nowMs())) this.#send(packet)
  }

  #onPublish({ qos, messageId, payload }: Extract<Packet, { cmd: 'publish' }>): void {
    const { fresh, answer } = this.#inbox.receive(qos, messageId)
    const numbered = decodePayload(Buffer.from(payload))
    if (fresh && numbered) this.#tell('received', numbered)
    if (answer) this.#send(answer)
  }

  #look(): void {
    const nowMs = this.#clock.nowMs()
    const act = this.#keepalive?.look(nowMs)
    if (act === 'ping') this.#line?.send({ cmd: 'pingreq' })
    if (act === 'give-up') this.#close(this.#profile.told)
    else this.#arm()
  }

  #arm(): void {
    this.#cancelLook()
    if (!this.#keepalive) return
    this.#cancelLook = this.#clock.at(this.#keepalive.nextLookMs(this.#clock.nowMs()), () => this.#look())
  }

  #stopTimers(): void {
    this.#cancelLook()
    this.#cancelConnack()
    this.#keepalive = undefined
  }
}

function backoffOf({ reconnect }: ClientProfile, options: ModelClientOptions): Backoff | undefined {
  if (options.reconnect === undefined) return reconnect
  return options.reconnect ? (reconnect ?? DEFAULT_BACKOFF) : undefined
}

const connectPacket = ({ clientId, keepaliveS, protocol, will }: ClientContext): Packet => ({
  cmd: 'connect',
  clientId,
  keepalive: keepaliveS,
  clean: true,
  protocolId: 'MQTT',
  protocolVersion: protocol,
  ...willPacket(will),
})

const subscribePacket = ({ topic, qos }: NonNullable<ClientContext['subscribe']>, messageId: number): Packet => ({
  cmd: 'subscribe',
  messageId,
  subscriptions: [{ topic, qos }],
})

export const options = z.strictObject({
  reconnect: z
    .boolean()
    .exactOptional()
    .describe('whether it comes back after a lost connection; default: as the family does'),
  version: version.exactOptional(),
})

/** The model of a client as its profile says. */
export const modelOf = (profile: ClientProfile): ClientKind<ModelClientOptions> => ({
  name: profile.name,
  ...(profile.family === undefined ? {} : { family: profile.family }),
  summary: `model of the keep-alive of ${profile.real}`,
  model: true,
  simulated: true,
  options,
  traffic: { publishing: true, receiving: true },
  available: async () => true,
  version: async () => profile.version,
  start: async context => new ModelClient(profile, context),
})
