import type { KeepaliveRules } from '../keepalive.ts'

/** How long after a lost connection the next attempt starts: `firstMs`, multiplied at each failure, up to `mostMs`. */
export interface Backoff {
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
