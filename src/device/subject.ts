import type { Gate } from './gate.ts'
import type { Roster } from './roster.ts'
import type { Terms } from './terms.ts'

/** The device as it showed itself. */
export interface Subject extends Terms {
  /** Where it connected from. */
  readonly address: string
  readonly subscribes: boolean
  /** How many connections it opened, and how many messages it published, in the whole programme. */
  readonly connections: number
  readonly published: number
  /** Nothing of it could be read. */
  readonly tls: boolean
}

export function subjectOf(roster: Roster, gate: Pick<Gate, 'addressOf'>): Subject | undefined {
  const { first, subscribes, tls, connections, published } = roster
  if (!first) return undefined
  return {
    ...first.terms,
    address: gate.addressOf(first.conn),
    subscribes,
    connections,
    published,
    tls,
  }
}
