import { z } from 'zod'
import type { Flow } from '../../../model/flow.ts'

export type OnNext = 'drop' | 'rst-sender' | 'rst-both'

/** A middlebox that forgets silent flows, in the firewall's terms. */
export interface Box {
  readonly timer: 'conntrack' | 'set'
  readonly afterMs: number
  readonly payloadOnly: boolean
  readonly refreshedBy: 'both' | 'out' | 'in' | 'each-own'
  readonly onExpiry: 'silent' | 'rst-both'
  readonly onNext: Readonly<Record<Flow, OnNext>>
  readonly inboundOnly: boolean
  readonly recreate: boolean
}

/** What the order `add idle-cut` carries: the attributes of the toxic of that name. */
const attributes = z.object({
  afterMs: z.number().positive(),
  activity: z.enum(['any-byte', 'packet', 'payload']).default('any-byte'),
  refreshedBy: z.enum(['both', 'out', 'in', 'each-own']),
  onExpiry: z.enum(['silent', 'rst-both', 'fin-both']),
  onNext: z.union([
    z.enum(['drop', 'rst-sender', 'rst-both']),
    z.object({ inside: z.enum(['drop', 'rst-sender']), outside: z.enum(['drop', 'rst-sender']) }),
  ]),
  scope: z.enum(['both', 'inbound-only']),
  recreate: z.enum(['none', 'outbound']),
})

/** Why a packet filter can't be such a box; `undefined` where it can. */
export function boxRefusal(given: unknown): string | undefined {
  return attributes.parse(given).onExpiry === 'fin-both'
    ? 'a firewall on the packet level sends no FIN; what closes both ends is a proxy, and the link embedded is one'
    : undefined
}

/** Connection tracking counts whole seconds, and knows no directions. In no time at all, its table is flushed. */
const isTracked = (afterMs: number): boolean => afterMs % 1000 === 0 || afterMs <= 1

/** Throws where it can't be such a box. */
export function boxOf(given: unknown): Box {
  const { afterMs, activity, refreshedBy, onExpiry, onNext, scope, recreate } = attributes.parse(given)
  if (onExpiry === 'fin-both') throw new Error(boxRefusal(given))
  const packet = activity === 'packet'
  return {
    timer: packet && refreshedBy === 'both' && isTracked(afterMs) ? 'conntrack' : 'set',
    afterMs,
    payloadOnly: !packet,
    refreshedBy,
    onExpiry,
    onNext: typeof onNext === 'string' ? { up: onNext, down: onNext } : { up: onNext.inside, down: onNext.outside },
    inboundOnly: scope === 'inbound-only',
    recreate: recreate === 'outbound',
  }
}
