import { type Connection, countOf, type EndAt, firstEnd, type Hold, sentPackets } from '../../evidence/connection.ts'
import type { Window } from '../../model/verdict.ts'
import { inK, plural, seconds, tallied } from '../../text/words.ts'
import { answerMs, turnMs } from '../../timing/tolerance.ts'
import { answeredMs, connectionUnderTest, type History, holdBehind, type PeerAt } from '../history.ts'
import { clientTold, clientToldBy, type TimeTold } from '../told.ts'
import type { Check, Finding } from './check.ts'
import { causeOf, heldBytes, stillAnsweredMs, unasked, unheardMs } from './pending.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

/** A library speaks to its application a moment after it closed; what comes later is of its next attempt. */
const AFTER_CLOSE_MS = 1500
const LONGEST_WORDS = 80

/**
 * What the client's library told its application of a connection that it closed, in its own numbers and words:
 * `its application was told: 141 "on_disconnect: Keep alive timeout" (twice)`. Empty where it gave neither number nor words.
 */
function applicationWasTold(history: History, heldMs: number, closedMs: number): string {
  const news = history.peers.filter(
    ({ who, what, atMs }) =>
      who === 'client' &&
      (what === 'closed' || what === 'error') &&
      atMs >= heldMs &&
      atMs <= closedMs + turnMs(AFTER_CLOSE_MS, history),
  )
  const said = tallied(news.map(inWords).filter(text => text !== '')).join(', ')
  return said && `its application was told: ${said}`
}

function inWords({ code, note = '' }: PeerAt): string {
  const words = note.length > LONGEST_WORDS ? `${note.slice(0, LONGEST_WORDS)}...` : note
  return [code === undefined ? '' : String(code), words && `"${words}"`].filter(text => text !== '').join(' ')
}

/** Counted from the moment the fault held. The spec gives no number (§3.1.2.10), so the client's profile does. */
export const clientGivesUp: Check<WindowParams> = {
  name: 'client-gives-up',
  summary: 'the client itself closes a connection on which nobody answers any more',
  options: windowParams,
  label: 'client',
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
  const end = firstEnd(connection, 'client', ['client'])
  const closedMs = end?.atMs ?? Infinity
  const told = clientTold(connection)
  const endMs = Math.min(told?.atMs ?? Infinity, history.endMs)
  const hold = holdBehind(history, connection, Math.min(closedMs, endMs))
  if (!hold) return inconclusive('no fault held on this connection, so there is nothing to count from', { window })

  const sinceMs = hold.heldMs
  const byItself = end !== undefined && closedMs <= history.endMs && closedMs < (told?.atMs ?? Infinity)
  if (byItself) return closed({ history, connection, window, hold, end })
  const spoilt = spoiltBy(history, connection, hold, window, told)
  if (spoilt !== undefined) return inconclusive(spoilt, { sinceMs, window })
  return withinWindow({
    window,
    keepaliveMs: history.keepaliveMs,
    sinceMs,
    seenMs: null,
    endMs,
    did: 'client closed',
    didNot: `client never gave up${kept(connection, sinceMs, endMs)}`,
    since: `${hold.fault} held`,
  })
}

interface Closing {
  readonly history: History
  readonly connection: Connection
  readonly window: Window
  readonly hold: Hold
  readonly end: EndAt
}

/** It ended the connection itself: within its window, and because something that it had asked for did not come? */
function closed({ history, connection, window, hold, end }: Closing): Finding {
  const { keepaliveMs } = history
  const [sinceMs, seenMs] = [hold.heldMs, end.atMs]
  const since = `${hold.fault} held${sinceAnswer(connection, seenMs, keepaliveMs)}`
  const known = { sinceMs, seenMs, window }
  // What was asked shortly before the fault may have lost its answer to the fault.
  const askedSinceMs = hold.fromMs - answerMs(history)
  const cause = causeOf(history, connection, end, askedSinceMs)
  if (cause === 'unseen') return inconclusive(`what the client had asked last is not to be seen${UNREAD}`, known)
  if (cause === 'nothing') {
    const why = history.wire.beat
      ? `the broker had been heard ${inK(unheardMs(connection, seenMs), keepaliveMs)} before`
      : unasked(connection, end, askedSinceMs)
    const what = `client closed ${inK(seenMs - sinceMs, keepaliveMs)} after ${since}`
    const reason = `${what}, but not for want of an answer: ${why}`
    return { result: 'fail', ...known, reason }
  }
  const words = { did: 'client closed', didNot: 'client never gave up', since }
  const finding = withinWindow({ window, keepaliveMs, sinceMs, seenMs, endMs: seenMs, ...words })
  const held = heldBytes(connection, end)
  const kernel = held === 0 ? '' : `of what it had written, ${plural(held, 'byte')} had not left its kernel`
  const more = [kernel, applicationWasTold(history, sinceMs, seenMs)].filter(text => text !== '')
  return { ...finding, reason: [finding.reason, ...more].join('; ') }
}

const UNREAD = ': much that it had sent was still under way, the link could not read it, or it did not leave its kernel'

/** What most libraries count from themselves. */
function sinceAnswer(connection: Connection, closedMs: number, keepaliveMs: number): string {
  const lastMs = answeredMs(connection).findLast(atMs => atMs <= closedMs)
  if (lastMs === undefined || !Number.isFinite(closedMs)) return ''
  return `, ${inK(closedMs - lastMs, keepaliveMs)} after the last answer`
}

/**
 * Why a client that did not give up need not have: somebody told it, or the broker's answers still reached it, inside its window.
 */
function spoiltBy(
  history: History,
  connection: Connection,
  hold: Hold,
  { latestMs }: Window,
  told: TimeTold | undefined,
): string | undefined {
  const { fault, heldMs, liftedMs = Infinity } = hold
  const untilMs = heldMs + latestMs
  if (told && told.atMs <= untilMs)
    return `the client was told by ${clientToldBy(told, history, connection)} ${seconds(told.atMs - heldMs)} after ${fault} held, within its window`
  if (answeredMs(connection).some(atMs => atMs >= liftedMs && atMs <= untilMs))
    return `${fault} was lifted after ${seconds(liftedMs - heldMs)} and the broker answered again within the client's window`
  const lateMs = stillAnsweredMs(history, connection, hold, untilMs)
  return lateMs === undefined
    ? undefined
    : `${fault} left the client with answers, the last one ${seconds(lateMs - heldMs)} after it held, so it had nothing to give up on`
}

/** What it went on doing instead: a client that writes often may never look whether anybody answers (MQTT.js #682). */
function kept(connection: Connection, fromMs: number, toMs: number): string {
  const written = sentPackets(connection, 'up').filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
  return written.length === 0 ? '' : ` (it kept writing: ${plural(countOf(written), 'packet')})`
}
