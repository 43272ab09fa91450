import type { Packet, QoS } from 'mqtt-packet'
import { ModelInbox, ModelOutbox, publishPacket } from '../model-outbox.ts'

/** A message as the broker passes it on. */
export interface Routed {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
}

/** What a broker keeps of a client: subscriptions and messages under way. It may outlive the connection. */
export class ModelSession {
  readonly outbox = new ModelOutbox()
  readonly inbox = new ModelInbox()
  readonly #subscriptions = new Map<string, QoS>()
  readonly #subscribed: () => void

  /** `subscribed` is called at each subscription: among thousands of sessions few have any. */
  constructor(subscribed: () => void) {
    this.#subscribed = subscribed
  }

  subscribe(filter: string, qos: QoS): QoS {
    this.#subscriptions.set(filter, qos)
    this.#subscribed()
    return qos
  }

  unsubscribe(filter: string): void {
    this.#subscriptions.delete(filter)
  }

  /** The PUBLISH for this client, if it wants the message; with QoS above 0 it is kept until it is acknowledged. */
  deliver(message: Routed, nowMs: number): Packet | undefined {
    const granted = [...this.#subscriptions].filter(([filter]) => matches(filter, message.topic)).map(([, qos]) => qos)
    if (granted.length === 0) return undefined
    const qos = Math.min(message.qos, Math.max(...granted)) as QoS
    return qos === 0
      ? publishPacket({ ...message, qos }, undefined, false)
      : this.outbox.add({ ...message, qos }, nowMs)
  }
}

/** MQTT 3.1.1 §4.7, 5.0 §4.7. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  // [MQTT-4.7.2-1]: a wildcard in front does not reach $SYS.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
