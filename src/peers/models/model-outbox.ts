import type { Packet, QoS } from 'mqtt-packet'

export interface Outgoing {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
}

interface Entry {
  readonly message: Outgoing
  readonly messageId: number
  /** QoS 2: PUBREC came, PUBREL is out. */
  released: boolean
  sentMs: number
  readonly acknowledged: (sentMs: number) => void
}

/** Messages with QoS 1 and 2 under way in one direction of a session, until the other side has them (MQTT 3.1.1 §4.3, §4.4). */
export class ModelOutbox {
  #lastId = 0
  readonly #entries = new Map<number, Entry>()

  /** The PUBLISH to send. `acknowledged` is told when it was last sent. */
  add(message: Outgoing, nowMs: number, acknowledged: (sentMs: number) => void = () => {}): Packet {
    const messageId = this.nextId()
    this.#entries.set(messageId, { message, messageId, released: false, sentMs: nowMs, acknowledged })
    return publishPacket(message, messageId, false)
  }

  /** 1 to 65535, none that is under way [MQTT-2.3.1-2 of 3.1.1]. */
  nextId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1
    while (this.#entries.has(this.#lastId))
    return this.#lastId
  }

  /** What to answer to PUBACK, PUBREC or PUBCOMP; `undefined` for nothing. */
  answer(packet: Packet): Packet | undefined {
    const entry = this.#entries.get(packet.messageId ?? 0)
    if (packet.cmd === 'pubrec') {
      if (entry) entry.released = true
      return pubrel(packet.messageId ?? 0)
    }
    if (entry) {
      this.#entries.delete(entry.messageId)
      entry.acknowledged(entry.sentMs)
    }
    return undefined
  }

  /** All that is under way, again and in order, as the session is resumed: 3.1.1 [MQTT-4.4.0-1]. */
  resend(nowMs: number): readonly Packet[] {
    return [...this.#entries.values()].map(entry => {
      entry.sentMs = nowMs
      return entry.released ? pubrel(entry.messageId) : publishPacket(entry.message, entry.messageId, true)
    })
  }
}

export const publishPacket = (
  { topic, payload, qos }: Outgoing,
  messageId: number | undefined,
  dup: boolean,
): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  dup,
  retain: false,
  ...(messageId === undefined ? {} : { messageId }),
})

const pubrel = (messageId: number): Packet => ({ cmd: 'pubrel', messageId })

/** QoS 1 and 2 on the receiving side: what to answer, and whether the message is new. */
export class ModelInbox {
  readonly #unreleased = new Set<number>()

  /** `fresh` is false for a QoS 2 message that was delivered before and not yet released [MQTT-4.3.3-2 of 3.1.1]. */
  receive(qos: QoS, messageId = 0): { readonly fresh: boolean; readonly answer: Packet | undefined } {
    if (qos === 0) return { fresh: true, answer: undefined }
    if (qos === 1) return { fresh: true, answer: { cmd: 'puback', messageId } }
    const fresh = !this.#unreleased.has(messageId)
    this.#unreleased.add(messageId)
    return { fresh, answer: { cmd: 'pubrec', messageId } }
  }

  release(messageId = 0): Packet {
    this.#unreleased.delete(messageId)
    return { cmd: 'pubcomp', messageId }
  }
}
