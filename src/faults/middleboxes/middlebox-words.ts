import { formatMs } from '../../model/duration.ts'
import type { IdleBehaviour, Middlebox } from './middlebox.ts'

/** What happens at the moment of expiry. */
export function expiryWords({ onExpiry }: Pick<IdleBehaviour, 'onExpiry'>): string {
  if (onExpiry === 'rst-both') return 'RST to both'
  return onExpiry === 'fin-both' ? 'FIN to both' : 'silent'
}

/** What the next packet meets. */
export function nextWords({ onExpiry, onNext, scope, recreate }: IdleBehaviour): string {
  if (onExpiry !== 'silent') return 'the connection is over'
  const outside = typeof onNext === 'string' ? onNext : onNext.outside
  if (recreate === 'outbound' || scope === 'inbound-only')
    return `from outside: ${NEXT[outside]}; from inside: passes${recreate === 'outbound' ? ', and opens the flow again' : ''}`
  if (typeof onNext === 'string') return NEXT[onNext]
  return `from inside: ${NEXT[onNext.inside]}; from outside: ${NEXT[onNext.outside]}`
}

const NEXT = { drop: 'dropped', 'rst-sender': 'RST to the sender', 'rst-both': 'RST to both' } as const

/** What keeps a flow alive there. */
export function refreshWords({ refreshedBy, layer }: Middlebox): string {
  const what = layer === 'packet' ? 'any packet, TCP keep-alive too' : 'payload only, no TCP keep-alive'
  const whose = {
    both: 'either way',
    out: 'from the client only',
    in: 'from the broker only',
    'each-own': 'each way of its own',
  }[refreshedBy]
  return `${what}, ${whose}`
}

/**
 * What a relay in user space can't do as this box does it. A proxy is a relay itself, so there is nothing to say of it; the
 * lab netns has the kernel's own firewall and can do the rest.
 */
export function embeddedLimits({ layer, onExpiry, onNext }: Middlebox): string {
  if (layer === 'proxy') return ''
  const probes = 'sees no TCP keep-alive probe and no pure ACK, which would keep this flow alive'
  if (onExpiry !== 'silent') return probes
  const drops = onNext === 'drop' || typeof onNext !== 'string'
  return drops
    ? `${probes}; acknowledges what it drops, so that no kernel time-out (tcp_retries2, TCP_USER_TIMEOUT) begins`
    : probes
}

/** `350 s`, and what else it may be set to. */
export const afterWords = ({ afterMs, range }: Pick<Middlebox, 'afterMs' | 'range'>): string =>
  range === undefined ? formatMs(afterMs) : `${formatMs(afterMs)} (${range})`

/** What is known of a box that is looked for. */
export interface Likeness {
  /** The longest silence that it let live, and the shortest that it did not. */
  readonly aliveMs: number
  readonly deadMs: number
  readonly onExpiry?: Middlebox['onExpiry']
  /** What a packet of the client's met after expiry, and one of the broker's. */
  readonly inside?: 'drop' | 'rst' | 'pass'
  readonly outside?: 'drop' | 'rst'
}

/** Time-outs are rounded up by the box and down by who measures; 901 to 910 s were measured for a setting of 900. */
const SLACK = 0.03

/** Presets whose defaults fit what is known, the nearest to the shortest dead silence first. */
export function likeBoxes(boxes: Iterable<Middlebox>, like: Likeness): readonly Middlebox[] {
  return [...boxes]
    .filter(({ afterMs }) => afterMs > like.aliveMs * (1 - SLACK) && afterMs <= like.deadMs * (1 + SLACK))
    .filter(box => like.onExpiry === undefined || box.onExpiry === like.onExpiry)
    .filter(box => like.inside === undefined || insideOf(box) === undefined || insideOf(box) === like.inside)
    .filter(box => like.outside === undefined || outsideOf(box) === undefined || outsideOf(box) === like.outside)
    .toSorted((a, b) => Math.abs(like.deadMs - a.afterMs) - Math.abs(like.deadMs - b.afterMs))
}

function insideOf({ onExpiry, onNext, scope, recreate }: Middlebox): Likeness['inside'] {
  if (onExpiry !== 'silent') return undefined
  if (recreate === 'outbound' || scope === 'inbound-only') return 'pass'
  return plain(typeof onNext === 'string' ? onNext : onNext.inside)
}

function outsideOf({ onExpiry, onNext }: Middlebox): Likeness['outside'] {
  return onExpiry === 'silent' ? plain(typeof onNext === 'string' ? onNext : onNext.outside) : undefined
}

const plain = (next: 'drop' | 'rst-sender' | 'rst-both') => (next === 'drop' ? 'drop' : 'rst')
