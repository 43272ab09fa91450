import type { Evidence } from '../model/evidence.ts'

/** Placeholder; see the contract in the architecture notes. */
export interface History {
  readonly evidence: Evidence
}
