import type { Protocol } from './spec.ts'

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
