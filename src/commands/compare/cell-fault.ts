import { faults } from '../../faults/index.ts'
import type { Choice } from '../../model/scenario.ts'

/**
 * What a comparison does to the path. `path`: it breaks at a moment that is varied, and stays broken. `box`: a middlebox
 * with an idle time-out stands in it from the start. `none`: nothing.
 */
export type FaultKind = 'path' | 'box' | 'none'

export interface ComparedFault {
  readonly name: string
  readonly summary: string
  readonly kind: FaultKind
  /** The fault and its options, in the words of a scenario file. `idleMs` counts for boxes only. */
  readonly options: (idleMs: number) => readonly [fault: string, options: Readonly<Record<string, unknown>>] | undefined
}

const path = (
  name: string,
  summary: string,
  fault: string,
  given: Readonly<Record<string, unknown>>,
): ComparedFault => ({
  name,
  summary,
  kind: 'path',
  options: () => [fault, given],
})

const box = (name: string, summary: string, given: Readonly<Record<string, unknown>>): ComparedFault => ({
  name,
  summary,
  kind: 'box',
  options: idleMs => ['idle-cut', { after: `${idleMs}ms`, ...given }],
})

const ALL: readonly ComparedFault[] = [
  { name: 'none', summary: 'nothing breaks', kind: 'none', options: () => undefined },
  path('blackhole', 'the path dies both ways, and nobody is told', 'blackhole', { direction: 'both' }),
  path('blackhole-up', 'what the client sends is held', 'blackhole', { direction: 'up' }),
  path('blackhole-down', 'what the broker sends is held', 'blackhole', { direction: 'down' }),
  path('pingresp-swallowed', 'PINGRESP vanishes, the rest passes', 'swallow', { packets: ['pingresp'] }),
  path('pingreq-swallowed', 'PINGREQ vanishes, the rest passes', 'swallow', { packets: ['pingreq'] }),
  path('reset-client', 'RST to the client; the broker is not told', 'reset', { side: 'client' }),
  path('reset-broker', 'RST to the broker; the client is not told', 'reset', { side: 'broker' }),
  box('idle-cut', 'a middlebox forgets a silent flow and drops what comes after', {}),
  box('idle-cut-rst-sender', '... and answers the next packet with RST to its sender (AWS, Azure NAT)', {
    on_next: 'rst-sender',
  }),
  box('idle-cut-rst-next-both', '... and answers the next packet with RST to both', { on_next: 'rst-both' }),
  box('idle-cut-rst-both', '... and sends RST to both at expiry (F5, Azure load balancer with TCP reset)', {
    on_expiry: 'rst-both',
  }),
  box('idle-cut-fin-both', '... and closes towards both at expiry (HAProxy, nginx)', { on_expiry: 'fin-both' }),
  box('idle-cut-inbound', '... for what comes from the broker only, until the client speaks (GCP)', {
    scope: 'inbound-only',
    recreate: 'outbound',
  }),
]

export const comparedFaults: ReadonlyMap<string, ComparedFault> = new Map(ALL.map(fault => [fault.name, fault]))

export const kindOf = (name: string): FaultKind => comparedFaults.get(name)?.kind ?? 'none'

/** As a scenario's step takes it, checked by the fault's own schema; `undefined` where nothing breaks. */
export function faultChoice(name: string, idleMs: number): Choice | undefined {
  const [fault, given] = comparedFaults.get(name)?.options(idleMs) ?? []
  if (fault === undefined) return undefined
  return { name: fault, options: faults.get(fault)?.options.parse(given) as Choice['options'] }
}
