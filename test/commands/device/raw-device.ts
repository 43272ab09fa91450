import type { Duplex } from 'node:stream'
import mqttPacket, { type Packet } from 'mqtt-packet'
import type { Cancel, Clock } from '../../../src/clock/clock.ts'
import type { Dial } from './simulated.ts'

/** A device that does exactly what a test wants, good or bad. */
export interface Habits {
  readonly clientId?: string
  readonly keepaliveS?: number
  readonly protocol?: 4 | 5
  readonly clean?: boolean
  /** Pings at this pace whatever happens; absent: every K. 0: never. */
  readonly pingEveryMs?: number
  /** Closes when a PINGRESP is missing for so long; absent: never. */
  readonly answerMs?: number
  /** Says DISCONNECT as it gives up, as Paho C does. */
  readonly politely?: true
  /** After so long it opens another connection beside the one that it has. */
  readonly doublesMs?: number
  /** Instead of closing it opens another connection. */
  readonly replaces?: true
  /** Closes when a CONNACK is missing for so long; absent: never. */
  readonly connackMs?: number
  readonly subscribes?: 'always' | 'first'
  readonly publishEveryMs?: number
  /** The n-th wait before it connects again, from 0; `undefined`: never again. */
  reconnectMs?(failures: number): number | undefined
  /** Stays so long, says DISCONNECT, and is away for so long. */
  readonly sleeps?: { readonly awakeMs: number; readonly asleepMs: number }
  readonly from?: string
  /** What it receives postpones its ping. */
  readonly receivingPostpones?: true
  /** After a ping that was never answered and a reconnect, it takes the next ping as unanswered. */
  readonly stale?: true
  /** It leaves messages of QoS 1 without a PUBACK. */
  readonly deaf?: true
  /** It takes no message before its SUBACK. */
  readonly deafAtFirst?: true
  /** What was not acknowledged it sends again: without DUP, or as a new message. */
  readonly resends?: 'with-dup' | 'without-dup' | 'anew'
  /** It goes by the keep-alive that the broker imposes. */
  readonly obeys?: true
  /** It pings on its first connection only. */
  readonly pingsOnce?: true
  /** Connects again at once where its session had its CONNACK, whatever `reconnectMs` says. */
  readonly storms?: true
}

export class RawDevice {
  readonly #dial: Dial
  readonly #clock: Clock
  readonly #habits: Habits
  #socket: Duplex | undefined
  #timers: Cancel[] = []
  #waiting: Cancel | undefined
  #failures = 0
  #connections = 0
  #published = 0
  #nextPing: Cancel | undefined
  #unanswered = false
  #imposedS: number | undefined
  #accepted = false
  #subscribed = false
  /** Messages without an acknowledgement. */
  readonly #open = new Set<number>()

  constructor(dial: Dial, clock: Clock, habits: Habits) {
    this.#dial = dial
    this.#clock = clock
    this.#habits = habits
    this.#connect()
  }

  #connect(): void {
    const { clientId = 'raw-1', keepaliveS = 10, protocol = 4, clean = true, connackMs, from } = this.#habits
    const socket = this.#dial(from)
    this.#socket = socket
    this.#connections++
    const parser = mqttPacket.parser({ protocolVersion: protocol })
    parser.on('packet', packet => this.#hear(packet))
    socket.on('data', bytes => parser.parse(bytes))
    socket.on('error', () => {})
    socket.on('close', () => this.#socket === socket && this.#lost())
    this.#say({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: protocol, clientId, keepalive: keepaliveS, clean })
    if (connackMs !== undefined) this.#waiting = this.#in(connackMs, () => socket.destroy())
  }

  #hear(packet: Packet): void {
    if (packet.cmd === 'connack' && this.#habits.obeys) this.#imposedS = packet.properties?.serverKeepAlive
    if (packet.cmd === 'suback') this.#subscribed = true
    const isDeaf = this.#habits.deaf || (this.#habits.deafAtFirst && !this.#subscribed)
    if (packet.cmd === 'puback') this.#open.delete(packet.messageId ?? 0)
    if (packet.cmd === 'publish' && packet.qos === 1 && !isDeaf)
      this.#say({ cmd: 'puback', messageId: packet.messageId ?? 0 })
    if (packet.cmd === 'publish' && this.#habits.receivingPostpones) this.#repeatPing()
    if (packet.cmd === 'connack' && (packet.returnCode ?? packet.reasonCode ?? 0) === 0) this.#welcome()
    if (packet.cmd === 'pingresp' || packet.cmd === 'connack') this.#heard()
  }

  #resend(): void {
    const { resends } = this.#habits
    if (resends === undefined) return
    for (const messageId of [...this.#open]) {
      if (resends !== 'anew') this.#publish(messageId, resends === 'with-dup')
      else this.#publish()
    }
  }

  #welcome(): void {
    this.#resend()
    const { keepaliveS = 10, pingEveryMs = keepaliveS * 1000, subscribes, publishEveryMs, sleeps } = this.#habits
    this.#failures = 0
    if (subscribes === 'always' || (subscribes === 'first' && this.#connections === 1))
      this.#say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'down', qos: 1 }] })
    this.#accepted = true
    if (pingEveryMs > 0 && !(this.#habits.pingsOnce && this.#connections > 1)) this.#repeatPing()
    const { doublesMs } = this.#habits
    if (doublesMs !== undefined) this.#timers.push(this.#in(doublesMs, () => this.#lost()))
    if (publishEveryMs) this.#every(publishEveryMs, () => this.#publish())
    if (sleeps) this.#timers.push(this.#in(sleeps.awakeMs, () => this.#sleep(sleeps.asleepMs)))
  }

  #repeatPing(): void {
    const keepaliveS = this.#imposedS ?? this.#habits.keepaliveS ?? 10
    const { pingEveryMs = keepaliveS * 1000 } = this.#habits
    this.#nextPing?.()
    this.#nextPing = this.#in(pingEveryMs, () => {
      this.#ping()
      if (this.#socket) this.#repeatPing()
    })
  }

  #ping(): void {
    const { answerMs } = this.#habits
    if (this.#unanswered) {
      this.#unanswered = false
      this.#socket?.destroy()
      return
    }
    this.#say({ cmd: 'pingreq' })
    if (answerMs !== undefined && !this.#waiting) this.#waiting = this.#in(answerMs, () => this.#giveUp())
  }

  #publish(messageId = ++this.#published, dup = false): void {
    this.#open.add(messageId)
    this.#say({ cmd: 'publish', topic: 'up', payload: 'x', qos: 1, messageId, dup, retain: false })
  }

  #giveUp(): void {
    const { politely, replaces, stale } = this.#habits
    this.#unanswered = stale === true
    if (politely) this.#say({ cmd: 'disconnect' })
    if (!replaces) this.#socket?.end()
    if (!replaces) this.#socket?.destroy()
    if (replaces) this.#lost()
  }

  #sleep(asleepMs: number): void {
    const socket = this.#socket
    this.#stop()
    this.#say({ cmd: 'disconnect' })
    this.#socket = undefined
    socket?.end()
    this.#in(asleepMs, () => this.#connect())
  }

  #lost(): void {
    this.#stop()
    this.#socket = undefined
    this.#subscribed = false
    const atOnce = this.#habits.storms && this.#accepted
    this.#accepted = false
    const waitMs = atOnce ? 0 : this.#habits.reconnectMs ? this.#habits.reconnectMs(this.#failures++) : 1000
    if (waitMs !== undefined) this.#in(waitMs, () => this.#connect())
  }

  #say(packet: Packet): void {
    const { protocol = 4 } = this.#habits
    if (this.#socket?.writable) this.#socket.write(mqttPacket.generate(packet, { protocolVersion: protocol }))
  }

  #every(everyMs: number, act: () => void): void {
    this.#timers.push(
      this.#in(everyMs, () => {
        act()
        if (this.#socket) this.#every(everyMs, act)
      }),
    )
  }

  #in(ms: number, act: () => void): Cancel {
    return this.#clock.at(this.#clock.nowMs() + ms, act)
  }

  #heard(): void {
    this.#waiting?.()
    this.#waiting = undefined
  }

  #stop(): void {
    this.#heard()
    this.#nextPing?.()
    for (const cancel of this.#timers.splice(0)) cancel()
  }
}

/** A broker that imposes a keep-alive (MQTT 5.0 §3.2.2.3.14) and otherwise only answers. */
export const imposing = (serverKeepAlive?: number) => (stream: Duplex) => {
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  const say = (packet: Packet) => stream.write(mqttPacket.generate(packet, { protocolVersion: 5 }))
  stream.on('error', () => {})
  stream.on('data', bytes => parser.parse(bytes))
  parser.on('packet', packet => {
    if (packet.cmd === 'connect')
      say({
        cmd: 'connack',
        reasonCode: 0,
        sessionPresent: false,
        ...(serverKeepAlive !== undefined && { properties: { serverKeepAlive } }),
      })
    if (packet.cmd === 'pingreq') say({ cmd: 'pingresp' })
  })
}
