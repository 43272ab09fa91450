import { type Connection, firstEnd, sentPackets } from '../evidence/connection.ts'
import type { Hold } from '../evidence/hold.ts'
import type { Window } from '../model/verdict.ts'
import { applicationWasTold } from './application.ts'
import type { Check, Finding } from './check.ts'
import type { History } from './history.ts'
import { answeredMs, connectionUnderTest, holdBehind } from './subject.ts'
import { clientTold, type Told } from './told.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'
import { inK, plural, seconds } from './words.ts'

/** Counted from the moment the fault held. The spec gives no number (§3.1.2.10), so the client's profile does. */
export const clientGivesUp: Check<WindowParams> = {
  name: 'client-gives-up',
  summary: 'the client itself closes a connection on which nobody answers any more',
  options: windowParams,
  needsControl: 'all',
  judge(params, history, windows) {
    const connection = connectionUnderTest(history)
    if (typeof connection === 'string') return inconclusive(connection)
    const window = chosenWindow(params, windows.clientGivesUp, history.keepaliveMs)
    if (!window) return inconclusive('keep-alive 0: the client pings nobody and has nothing to give up on')
    return giveUp(history, connection, window)
  },
}

function giveUp(history: History, connection: Connection, window: Window): Finding {
  const closedMs = firstEnd(connection, 'client', ['client'])?.atMs ?? Infinity
  const told = clientTold(connection)
  const endMs = Math.min(told?.atMs ?? Infinity, history.endMs)
  const hold = holdBehind(history, connection, Math.min(closedMs, endMs))
  if (!hold) return inconclusive('no fault held on this connection, so there is nothing to count from', { window })

  const sinceMs = hold.heldMs
  const byItself = closedMs <= history.endMs && closedMs < (told?.atMs ?? Infinity)
  if (!byItself) {
    const spoilt = spoiltBy(connection, hold, window, told)
    if (spoilt !== undefined) return inconclusive(spoilt, { sinceMs, window })
  }
  const finding = withinWindow({
    window,
    keepaliveMs: history.keepaliveMs,
    sinceMs,
    seenMs: byItself ? closedMs : null,
    endMs,
    did: 'client closed',
    didNot: `client never gave up${kept(connection, sinceMs, endMs)}`,
    since: `${hold.fault} held${sinceAnswer(connection, closedMs, history.keepaliveMs)}`,
  })
  const said = byItself ? applicationWasTold(history, sinceMs, closedMs) : ''
  return said === '' ? finding : { ...finding, reason: `${finding.reason}; ${said}` }
}

/** What most libraries count from themselves. */
function sinceAnswer(connection: Connection, closedMs: number, keepaliveMs: number): string {
  const lastMs = answeredMs(connection).findLast(atMs => atMs <= closedMs)
  if (lastMs === undefined || !Number.isFinite(closedMs)) return ''
  return `, ${inK(closedMs - lastMs, keepaliveMs)} after the last answer`
}

/** Why a client that did not give up need not have: somebody told it, or the broker answered again, inside its window. */
function spoiltBy(connection: Connection, hold: Hold, { latestMs }: Window, told: Told | undefined) {
  const { fault, heldMs, liftedMs = Infinity } = hold
  if (told && told.atMs <= heldMs + latestMs)
    return `the client was told by ${told.by} ${seconds(told.atMs - heldMs)} after ${fault} held, within its window`
  const answered = answeredMs(connection).some(atMs => atMs >= liftedMs && atMs <= heldMs + latestMs)
  return answered
    ? `${fault} was lifted after ${seconds(liftedMs - heldMs)} and the broker answered again within the client's window`
    : undefined
}

/** What it went on doing instead: a client that writes often may never look whether anybody answers (MQTT.js #682). */
function kept(connection: Connection, fromMs: number, toMs: number): string {
  const written = sentPackets(connection, 'up').filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
  return written.length === 0 ? '' : ` (it kept writing: ${plural(written.length, 'packet')})`
}
