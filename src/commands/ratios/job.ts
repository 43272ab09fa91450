import type { Choice } from '../../model/scenario.ts'

export const TRAFFICS = ['idle', 'publishing'] as const
export type RatioTraffic = (typeof TRAFFICS)[number]

/** A kind of client or broker, with the options that a scenario would give it, and the protocol levels that it speaks. */
export interface Peer extends Choice {
  readonly protocols: readonly (4 | 5)[]
}

export interface ClientPeer extends Peer {
  readonly leastKeepaliveS: number
  readonly publishes: boolean
  /** A program of its own: starting one keeps a core busy for a while. */
  readonly isProgram: boolean
}

/**
 * One run.
 * - `cut`: the path dies at a moment of the second keep-alive, for good.
 * - `healthy`: nothing happens; pings and false alarms.
 * - `silent`: clients that fall silent at their CONNACK, for the broker's sake, one after the other.
 * - `imposed`: a healthy one of MQTT 5.0 whose broker imposes the keep-alive and the client asked for a longer one.
 */
export interface Job {
  readonly index: number
  readonly kind: 'cut' | 'healthy' | 'silent' | 'imposed'
  readonly client: ClientPeer
  readonly broker: Peer
  readonly protocol: 4 | 5
  /** In force; for `imposed` it is the broker's. */
  readonly keepaliveS: number
  readonly traffic: RatioTraffic
  /** `cut`: where in the second keep-alive the path dies, above 0 and below 1. `silent`: shifts when its clients begin. */
  readonly phase: number
  /** Clients; more than one only where they are silent. */
  readonly count: number
}

/** How many times longer than the imposed keep-alive the one is that the client asks for. */
export const ASKED_TIMES = 10
