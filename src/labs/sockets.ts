import type { Capability } from '../faults/fault.ts'
import { toxics } from '../link/toxics/index.ts'

/** Real sockets and processes of this machine: whatever a toxic or a signal can do. */
export const ON_SOCKETS: ReadonlySet<Capability> = new Set<Capability>([
  ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
  'limit:sessions',
  'end:fin',
  'end:rst',
  'broker:freeze',
  'broker:thaw',
  'broker:kill',
  'broker:restart',
  'client:freeze',
  'client:thaw',
])
