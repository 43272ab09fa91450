import { z } from 'zod'
import type { Connection } from '../../evidence/connection.ts'
import { inK } from '../../text/words.ts'
import type { History } from '../history.ts'
import type { Check } from './check.ts'
import { whyEnded } from './ending.ts'
import { inconclusive } from './window.ts'

export const staysConnected: Check<Record<string, never>> = {
  name: 'stays-connected',
  summary: 'nobody ends the connection, and the client never reports it lost, from CONNACK to the end of the run',
  options: z.strictObject({}),
  label: 'stayed',
  needsControl: 'pass',
  judge(_params, history) {
    const connection = history.connections.find(({ establishedMs }) => establishedMs !== undefined)
    const sinceMs = connection?.establishedMs
    if (!connection || sinceMs === undefined)
      return inconclusive(`no ${history.wire.words.accepted} reached the client`)
    const { keepaliveMs, endMs } = history
    const loss = firstLoss(history, connection, sinceMs)
    if (!loss) {
      const reason = `connected from ${history.wire.words.accepted} to the end of the run, ${inK(endMs - sinceMs, keepaliveMs)}`
      return { result: 'pass', sinceMs, seenMs: null, window: null, reason }
    }
    const when = `${inK(loss.atMs - sinceMs, keepaliveMs)} after ${history.wire.words.accepted}`
    const reason = `${loss.what} ${when}${loss.because}; nothing may end the connection`
    return { result: 'fail', sinceMs, seenMs: loss.atMs, window: null, reason }
  },
}

/** At either edge, or as the client told its application. */
function firstLoss(history: History, connection: Connection, sinceMs: number) {
  const end = connection.ends.find(({ atMs }) => atMs >= sinceMs)
  const said = history.peers.find(
    ({ who, what, atMs }) => who === 'client' && (what === 'closed' || what === 'offline') && atMs >= sinceMs,
  )
  const why = end && whyEnded(history, connection, end)
  const because = why === undefined ? '' : `: ${why}`
  const atEdge = end && { atMs: end.atMs, what: `the ${end.from} ended it (${end.what.toUpperCase()})`, because }
  const atClient = said && { atMs: said.atMs, what: `the client said ${said.what}`, because: '' }
  if (!atEdge || !atClient) return atEdge ?? atClient
  return atEdge.atMs <= atClient.atMs ? atEdge : atClient
}
