/**
 * What one connection of a probe showed. Each is silent once, for one length of time, and is then asked whether it lives.
 *
 * - `client`: the client speaks first after the silence (PINGREQ, answered by PINGRESP).
 * - `broker`: the broker does (a message of our own, published through another connection).
 * - `tcp`: as `client`, but TCP's own keep-alive probes went out during the silence: a box that works on packets takes
 *   them for life, a proxy does not.
 *
 * Two more are busy one way all the time, and are asked by a PINGREQ: they tell whose bytes a box counts as life.
 *
 * - `up`: the client publishes at QoS 0, which is not answered; the broker says nothing.
 * - `down`: the broker publishes to it; the client says nothing.
 */
export type Silent = 'client' | 'broker' | 'tcp'
export type OneWay = 'up' | 'down'
export type Variant = Silent | OneWay
export const VARIANTS: readonly Silent[] = ['client', 'broker', 'tcp']
export const ONE_WAYS: readonly OneWay[] = ['up', 'down']

/** How long a connection lived that was busy both ways all the time. */
export interface Life {
  readonly ageMs: number
  /** `open`: it lives. `silent`: it was not ended, but nothing came through any more. */
  readonly how: 'fin' | 'rst' | 'silent' | 'open'
}

export type ProbeOutcome =
  /** An answer came. */
  | { readonly what: 'alive' }
  /**
   * Somebody ended it during the silence, that long after the last packet (one way: after it was opened). `atMostMs`: the
   * silence that was counted, at most, since a box may count from an earlier packet. `saidByBroker`: with a DISCONNECT of
   * MQTT 5.0.
   */
  | {
      readonly what: 'ended'
      readonly how: 'fin' | 'rst'
      readonly afterMs: number
      readonly atMostMs?: number
      readonly saidByBroker?: true
    }
  /** It was ended as soon as somebody spoke. */
  | { readonly what: 'refused'; readonly how: 'fin' | 'rst' }
  /** No answer. `heals`: where the broker spoke in vain, but came through once the client spoke too. */
  | { readonly what: 'silent'; readonly heals?: boolean }
  /** It says nothing of the path: the network was down, or it was called off. */
  | { readonly what: 'void'; readonly why: string }

export interface Observation {
  readonly variant: Variant
  /** How long it was silent, or was to be. */
  readonly silenceMs: number
  readonly outcome: ProbeOutcome
}

export const isAlive = ({ outcome }: Observation): boolean => outcome.what === 'alive'
export const isDead = ({ outcome }: Observation): boolean => outcome.what !== 'alive' && outcome.what !== 'void'

/** The silence that killed it: for one that was ended, when that was. */
export const deadAtMs = ({ outcome, silenceMs }: Observation): number =>
  outcome.what === 'ended' ? outcome.afterMs : silenceMs

/** The silence that was counted by what killed it, at most. */
export const deadAtMostMs = (each: Observation): number =>
  each.outcome.what === 'ended' ? (each.outcome.atMostMs ?? each.outcome.afterMs) : each.silenceMs

/** Why connections said nothing of the path, with how many each time. */
export function voidsOf(observations: readonly Observation[]): readonly string[] {
  const whys = observations.flatMap(({ outcome }) =>
    outcome.what === 'void' && outcome.why !== 'called off' ? [outcome.why] : [],
  )
  return [...new Set(whys)].map(why => `${whys.filter(each => each === why).length} silences: ${why}`)
}
