/**
 * What the MQTT specifications say of time, one formula each. The clauses' ids differ between the versions:
 * [MQTT-3.1.2-24] is the server's 1.5 times rule in 3.1.1 and Maximum Packet Size in 5.0, so a clause is
 * always named with its version.
 */
import { type Duration, keepalives } from '../model/duration.ts'

export type Protocol = 4 | 5

const CLAUSES = {
  /** The client must send a PINGREQ where it sends nothing else within K. */
  clientPings: { 4: 'MQTT 3.1.1 [MQTT-3.1.2-23]', 5: 'MQTT 5.0 [MQTT-3.1.2-20]' },
  /** The server must act as if the network had failed after 1.5K without a control packet. */
  serverDrops: { 4: 'MQTT 3.1.1 [MQTT-3.1.2-24]', 5: 'MQTT 5.0 [MQTT-3.1.2-22]' },
  /** The client should close where no PINGRESP comes "within a reasonable amount of time": no id, no number. */
  clientGivesUp: { 4: 'MQTT 3.1.1 §3.1.2.10', 5: 'MQTT 5.0 §3.1.2.10' },
  /** The client must use the Server Keep Alive instead of its own; 3.1.1 has none. */
  serverKeepAlive: { 4: 'MQTT 3.1.1', 5: 'MQTT 5.0 [MQTT-3.2.2-21]' },
  /** The will is published once the connection is closed, unless a DISCONNECT deleted it. */
  will: { 4: 'MQTT 3.1.1 [MQTT-3.1.2-8]', 5: 'MQTT 5.0 [MQTT-3.1.2-8]' },
  /** A client that is back in its session before the Will Delay Interval is over: the will must not be sent. 3.1.1 has no delay. */
  willCancelled: { 4: 'MQTT 3.1.1', 5: 'MQTT 5.0 [MQTT-3.1.3-9]' },
  /** The server must answer a PINGREQ. */
  pingAnswered: { 4: 'MQTT 3.1.1 [MQTT-3.12.4-1]', 5: 'MQTT 5.0 [MQTT-3.12.4-1]' },
  /** A CONNECT with the client id of a client that is connected: the server must end that one's connection. */
  takeover: { 4: 'MQTT 3.1.1 [MQTT-3.1.4-2]', 5: 'MQTT 5.0 [MQTT-3.1.4-3]' },
  /** The server must not have more PUBLISH of QoS 1 and 2 under way than the client takes. 3.1.1 has no such limit. */
  receiveMaximum: { 4: 'MQTT 3.1.1', 5: 'MQTT 5.0 [MQTT-3.3.4-9]' },
} as const

export const clause = (of: keyof typeof CLAUSES, protocol: Protocol): string => CLAUSES[of][protocol]

/** The server's time-out, from the last control packet that it received: 3.1.1 [MQTT-3.1.2-24], 5.0 [MQTT-3.1.2-22]. */
export const SERVER_TIMEOUT: Duration = keepalives(1.5)

/**
 * The soonest that a server may close: brokers count whole seconds, so that both the arrival and the time-out may be
 * rounded down (Mosquitto compares `time_t`; facts: K = 5 closes from 7.0x s).
 */
export const SERVER_EARLIEST: Duration = keepalives(1.5, -1000)

/** Where nobody measured the broker: one second, its tolerance included. */
export const SERVER_GRANULARITY_UNKNOWN: Duration = { ms: 1000, k: 0 }

/** The spec gives no number; 2K is the worst case of most clients (ping after K, answer awaited for K). */
export const CLIENT_LATEST_UNKNOWN: Duration = keepalives(2, 1000)

/**
 * How much later a broker closes a WebSocket than a bare connection: it says so first, and waits for the client's part of the
 * closing handshake, which over a dead path never comes. RFC 6455 §7.1.1 gives no number; libwebsockets, and with it
 * Mosquitto, waits 5 s (measured with 2.0.11: 5.01 s).
 */
export const WEBSOCKET_CLOSE_MS = 5000

/** How long the broker may take to publish a will once it knows. */
export const WILL_MS = 1000

/**
 * The longest silence of a healthy client: K by 3.1.1 [MQTT-3.1.2-23] and 5.0 [MQTT-3.1.2-20]. Clients that count from
 * the last answer add the round trip, and some count whole seconds; but a server may cut at 1.5K.
 */
export function longestSilence(keepaliveMs: number): Duration {
  return keepaliveMs < 2000 ? SERVER_TIMEOUT : keepalives(1, 1000)
}

/**
 * How long the server must wait with the will: min(Will Delay Interval, Session Expiry Interval), MQTT 5.0 §3.1.3.2.2.
 * MQTT 3.1.1 knows neither. `options` are the client's, as `mqtt.connect` takes them; where they say nothing of the session, a
 * client asks for one that lasts as long as the delay.
 */
export function willDelayMs(delayS: number, options: Readonly<Record<string, unknown>>, protocol: Protocol): number {
  if (protocol !== 5) return 0
  return Math.min(delayS, numberAt(options, ['properties', 'sessionExpiryInterval']) ?? delayS) * 1000
}

function numberAt(from: unknown, path: readonly string[]): number | undefined {
  let value = from
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof value === 'number' ? value : undefined
}
