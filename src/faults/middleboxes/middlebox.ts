/** What the first packet of a flow meets that the box has forgotten. */
const ON_NEXT = ['drop', 'rst-sender', 'rst-both'] as const
type OnNext = (typeof ON_NEXT)[number]

/** A box whose two sides are treated differently: what the client sends (inside), and what the broker sends (outside). */
interface OnNextBySide {
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

/** A box that ends each connection at an age, however busy it is, and has no idle time-out besides. */
export interface AgeBox {
  /** As the command line spells it. */
  readonly name: string
  readonly summary: string
  readonly maxAgeMs: number
  /** What its owner may set instead. */
  readonly range?: string
  readonly source: string
}

const BOXES: readonly AgeBox[] = [
  {
    name: 'traefik-read-deadline',
    summary: 'Traefik 2.11.1 and 3.0.0-rc4 to rc5: a deadline of 60 s for all reading of a TCP entry point',
    maxAgeMs: seconds(60),
    range: 'respondingTimeouts.readTimeout',
    source: 'traefik/traefik PR#10569, PR#10619: TCP connections end after about a minute, however busy',
  },
  {
    name: 'k8s-ingress-gce',
    summary: 'Kubernetes ingress of GKE: its balancer ends each WebSocket at the time-out of the backend service',
    maxAgeMs: seconds(30),
    range: 'BackendConfig timeoutSec',
    source: 'kubernetes/ingress-gce examples/websocket: 30 s, of the connection and not of its idleness',
  },
]

/** All of them, by name. */
export const ageBoxes: ReadonlyMap<string, AgeBox> = new Map(BOXES.map(box => [box.name, box]))
