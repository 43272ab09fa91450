/** What the first packet of a flow meets that the box has forgotten. */
export const ON_NEXT = ['drop', 'rst-sender', 'rst-both'] as const
export type OnNext = (typeof ON_NEXT)[number]

/** A box whose two sides are treated differently: what the client sends (inside), and what the broker sends (outside). */
export interface OnNextBySide {
  readonly inside: 'drop' | 'rst-sender'
  readonly outside: 'drop' | 'rst-sender'
}

/** How a box treats a flow that was silent too long; the options of the fault `idle-cut` by the same names. */
export interface IdleBehaviour {
  /** Whose bytes keep the flow alive; `out` is client to broker; `each-own`: a timer for each direction. */
  readonly refreshedBy: 'both' | 'out' | 'in' | 'each-own'
  readonly onExpiry: 'silent' | 'rst-both' | 'fin-both'
  readonly onNext: OnNext | OnNextBySide
  readonly scope: 'both' | 'inbound-only'
  readonly recreate: 'none' | 'outbound'
}

/** A real middlebox with its maker's defaults. */
export interface Middlebox extends IdleBehaviour {
  /** As scenario files spell it. */
  readonly name: string
  readonly summary: string
  /** Its default idle time-out for an established TCP connection. */
  readonly afterMs: number
  /** It ends every connection at this age, however busy it is; an idle time-out does not say so. Milliseconds. */
  readonly maxAgeMs?: number
  /** What its owner may set instead. */
  readonly range?: string
  /**
   * `packet`: it works on packets, so TCP's own keep-alive probes and pure ACKs count as life. `proxy`: it ends both TCP
   * connections itself, so only payload counts, and a probe never gets past it.
   */
  readonly layer: 'packet' | 'proxy'
  /** The page, source or thread that says so. */
  readonly source: string
  /** What of it nobody confirmed; absent where all was read. */
  readonly unverified?: string
}

/** Firewalls and NATs on the packet level, unless they say otherwise: silence, then nothing comes through any more. */
export const PACKET = {
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop',
  scope: 'both',
  recreate: 'none',
  layer: 'packet',
} as const

/** Proxies, unless they say otherwise: they close both of their connections. */
export const PROXY = { ...PACKET, onExpiry: 'fin-both', layer: 'proxy' } as const

export const seconds = (s: number): number => s * 1000
