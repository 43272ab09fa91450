import { seconds } from './middlebox.ts'

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
