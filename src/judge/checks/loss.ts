/**
 * How the client lost each of its connections. Not every end at its edge is a loss: some it left itself.
 */
import { type Connection, type EndAt, firstEnd } from '../../evidence/connection.ts'
import type { History } from '../history.ts'
import { hasLeft, whyEnded } from './ending.ts'
import { causeOf } from './pending.ts'

export interface Loss {
  readonly connection: Connection
  /** At the client's edge. */
  readonly atMs: number
  /**
   * `ended`: by the broker, or by something on the way; `gave-up`: by the client, with something unanswered; `closed`: by the
   * client, with nothing unanswered; `left`: by a DISCONNECT of the client's, with nothing unanswered.
   */
  readonly how: 'ended' | 'gave-up' | 'closed' | 'left'
  /** In words, as far as the packets tell. */
  readonly why: string | undefined
}

/** Of the established connections of the client under test, in order. */
export const lossesOf = (history: History): readonly Loss[] =>
  history.connections.flatMap(connection => {
    const end = connection.establishedMs === undefined ? undefined : firstEnd(connection, 'client', ANYBODY)
    if (!end) return []
    return [
      { connection, atMs: end.atMs, how: howEnded(history, connection, end), why: whyEnded(history, connection, end) },
    ]
  })

const ANYBODY = ['client', 'broker', 'fault'] as const

function howEnded(history: History, connection: Connection, end: EndAt): Loss['how'] {
  if (hasLeft(history, connection, end)) return 'left'
  if (end.from !== 'client') return 'ended'
  return causeOf(history, connection, end) === 'nothing' ? 'closed' : 'gave-up'
}
