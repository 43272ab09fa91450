/** What a broker does about a silent client, as data. */
export interface BrokerProfile {
  /** As scenario files spell it. */
  readonly name: string
  readonly family: string
  readonly real: string
  /** The version whose source was read. */
  readonly version: string
  /** The versions that do the same, as `inRange` takes them (timing/version.ts). */
  readonly versions: string
  readonly source: string
  /** It dates packets as finely as we do, so that `allowedS` need not be whole; absent: in whole seconds. */
  readonly fine?: true
  /** How many seconds of silence are allowed for a keep-alive of K whole seconds. */
  readonly allowedS: (keepaliveS: number) => number
  /** Silence is looked for this often, in seconds of the broker's own clock; 0, of a fine one: just when it is too long. */
  readonly scanS: number
  /** Value of max_keepalive where the configuration has none; 0: no limit. */
  readonly maxKeepaliveS: number
  /** What a 3.1.1 client gets that asks for more than max_keepalive, or for 0. */
  readonly overLimit: 'refuse' | 'clamp'
  /** A connection has this long for its CONNECT. */
  readonly connectS: number
}
