/**
 * How the longest silence of a client and the idle time-out T of what lies on the path get along. Most clients are silent for
 * K while idle, some ping sooner (timing/profiles/pings.ts); a box forgets a flow that is silent for T, so a silence >= T is
 * cut each time. A silence of at most 2/3 T, the same as T >= 1.5 silences, leaves room for one ping that is late or lost:
 * HiveMQ asks as much of a load balancer, EMQX for T >= 1.2K, and users end at 0.34 to 0.75.
 */
import { pingEveryMs, silenceMs } from './profiles/pings.ts'
import type { Protocol } from './spec.ts'

export const SAFE_RATIO = 2 / 3
/** As texts say it: the same number. */
export const SAFE_RATIO_WORDS = '2/3 T'

export type Level = 'fail' | 'warn' | 'ok'

/** Of a client that is silent for `silentMs` at most: its keep-alive, unless it pings sooner. 0 or `Infinity`: it never pings. */
export function levelOf(silentMs: number, idleMs: number): Level {
  if (silentMs === 0 || silentMs >= idleMs) return 'fail'
  return silentMs > SAFE_RATIO * idleMs + DUST_MS ? 'warn' : 'ok'
}

/** Two thirds have no exact binary fraction. */
const DUST_MS = 1e-6

/** MQTT 3.1.1 and 5.0 §3.1.2.10: two bytes. */
const MOST_S = 65_535

/**
 * The longest keep-alive, in whole seconds, that leaves the margin for this client (without one: that pings every K); 0 where
 * there is none, 65535 where every one does.
 */
export const safeKeepaliveS = (idleMs: number, client?: string): number =>
  longestS(keepaliveMs => silenceMs(client, keepaliveMs) <= SAFE_RATIO * idleMs + DUST_MS)

/** The longest, in whole seconds, that is never cut where no ping is ever late. */
export const largestKeepaliveS = (idleMs: number, client?: string): number =>
  longestS(keepaliveMs => pingEveryMs(client, keepaliveMs) < idleMs)

/** `holds` is true up to some keep-alive and false from there on. */
function longestS(holds: (keepaliveMs: number) => boolean): number {
  let [from, to] = [0, MOST_S]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    if (holds(middle * 1000)) from = middle
    else to = middle - 1
  }
  return from
}

/** What a broker does with a keep-alive beyond its limits. */
export interface BrokerRule {
  /** As a text names it: `the broker`, `AWS IoT Core`. */
  readonly name: string
  /**
   * With a 3.1.1 client that asks for more than it allows, or for 0: it refuses it or cuts it, since 3.1.1 has no way to tell
   * it; or it is known to count with its own limit.
   */
  readonly overMost: 'refused-or-cut' | 'taken-as-most'
}

export const ANY_BROKER: BrokerRule = { name: 'the broker', overMost: 'refused-or-cut' }

/** The keep-alive that each side counts with. Seconds; 0: off. */
export interface InForce {
  /** What the client keeps to. */
  readonly clientS: number
  /** Of what the broker waits 1.5 times. */
  readonly brokerS: number
  /** `told`: by Server Keep Alive. `silently`: the client is not told that the broker counts otherwise. */
  readonly imposed: 'no' | 'told' | 'silently'
}

/**
 * MQTT 5.0 [MQTT-3.2.2-21], [MQTT-3.2.2-22]: a broker that counts with another keep-alive tells it in its CONNACK, and the client
 * must use that one; otherwise it must use the client's. MQTT 3.1.1 has no way to say so.
 */
export function inForce({ keepaliveS, protocol, brokerMinS = 0, brokerMaxS = Infinity }: Asked): InForce {
  if (keepaliveS === 0 && brokerMaxS === Infinity) return { clientS: 0, brokerS: 0, imposed: 'no' }
  const brokerS = keepaliveS === 0 ? brokerMaxS : Math.min(Math.max(keepaliveS, brokerMinS), brokerMaxS)
  if (brokerS === keepaliveS) return { clientS: keepaliveS, brokerS, imposed: 'no' }
  return protocol === 5
    ? { clientS: brokerS, brokerS, imposed: 'told' }
    : { clientS: keepaliveS, brokerS, imposed: 'silently' }
}

/** Seconds. */
interface Asked {
  readonly keepaliveS: number
  readonly protocol: Protocol
  readonly brokerMinS?: number
  readonly brokerMaxS?: number
}
