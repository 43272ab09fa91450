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
