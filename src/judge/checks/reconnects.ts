import { type Connection, clientIdOf, countConnections, deliveredPackets } from '../../evidence/connection.ts'
import type { Window } from '../../model/verdict.ts'
import { inK, plural, tally } from '../../text/words.ts'
import type { History } from '../history.ts'
import type { Check, Finding } from './check.ts'
import { type Loss, lossesOf } from './ending.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

/** Counted from the loss, or from the lifting of the last fault that stood in the way. */
export const reconnects: Check<WindowParams> = {
  name: 'reconnects',
  summary: 'after a loss the client gets a new CONNACK; by the end of the run unless a window is given',
  options: windowParams,
  needsControl: 'all',
  judge(params, history) {
    const { keepaliveMs, endMs, connections } = history
    if (!connections.some(({ establishedMs }) => establishedMs !== undefined))
      return inconclusive('no CONNACK reached the client')
    const ends = lossesOf(history)
    const loss = ends.find(({ how }) => how !== 'left')
    if (!loss)
      return inconclusive(`the client never lost its connection${leftOnly(ends)}, so it had nothing to reconnect`)
    const seenMs = returnMs(history, loss)

    const { sinceMs, since } = wayFree(history, loss.atMs, seenMs ?? endMs)
    const byDefault: Window = {
      earliestMs: 0,
      latestMs: endMs - sinceMs,
      origin: 'scenario',
      source: 'the end of the run',
    }
    const window = chosenWindow(params, byDefault, keepaliveMs) ?? byDefault
    if (seenMs === null) {
      const kept = keptAway(history, loss, { sinceMs, seenMs, window })
      if (kept) return kept
      // The default window ends with the run, so not having happened by then is an answer.
      if (window === byDefault) return neverBack(history, loss, { sinceMs, seenMs, window }, since)
    }
    return withinWindow({
      window,
      keepaliveMs,
      sinceMs,
      seenMs,
      endMs,
      since,
      did: 'new CONNACK',
      didNot: 'no new CONNACK',
    })
  },
}

const leftOnly = (ends: readonly Loss[]): string => (ends.length > 0 ? ', which it left itself with DISCONNECT' : '')

/** When it was connected again: by a later connection, or by one that it had opened under the same id before it lost this one. */
function returnMs({ connections }: History, { connection, atMs }: Loss): number | null {
  const id = clientIdOf(connection)
  const isBack = (other: Connection): boolean => {
    const { conn, establishedMs, ends } = other
    if (conn <= connection.conn || establishedMs === undefined) return false
    const isOver = ends.some(end => end.edge === 'client' && end.atMs <= atMs)
    return establishedMs >= atMs || (clientIdOf(other) === id && !isOver)
  }
  const again = connections.find(isBack)?.establishedMs
  return again === undefined ? null : Math.max(again, atMs)
}

type Known = Pick<Finding, 'sinceMs' | 'seenMs' | 'window'>

/** A client that tried, and that a fault kept away which the scenario never lifted, has not failed. */
function keptAway(history: History, loss: Loss, known: Known): Finding | undefined {
  const inTheWay = history.holds.find(({ conn, liftedMs }) => conn === undefined && liftedMs === undefined)
  const tries = triesAfter(history, loss)
  if (!inTheWay || tries.length === 0 || tries.some(each => refusal(each).length > 0)) return undefined
  const tried = `the client tried ${plural(countConnections(tries), 'time')} to come back`
  return inconclusive(`${tried}, and ${inTheWay.fault} was still in force: lift it before the end (\`for\`)`, known)
}

/** One that did not try has failed; that the broker refused it, the reason says. */
function neverBack(history: History, loss: Loss, known: Known, since: string): Finding {
  const tries = triesAfter(history, loss)
  const codes = tries.flatMap(each => refusal(each).map(code => [String(code), 1 + each.besides] as const))
  const tried =
    tries.length === 0 ? 'the client did not try' : `the client tried ${plural(countConnections(tries), 'time')}`
  const refused = codes.length === 0 ? '' : `, and the broker refused it with CONNACK ${tally(codes).join(', ')}`
  const none = `no new CONNACK in the ${inK(history.endMs - (known.sinceMs ?? 0), history.keepaliveMs)} from ${since} to the end of the run`
  // To try is the client's own act, and the link would have seen it.
  const actors = tries.length === 0 ? { actors: ['client', 'link'] as const } : {}
  return { ...known, ...actors, result: 'fail', reason: `${none}: ${tried}${refused}` }
}

const triesAfter = ({ connections }: History, { connection, atMs }: Loss): readonly Connection[] =>
  connections.filter(({ conn, openedMs }) => conn > connection.conn && openedMs >= atMs)

const refusal = (connection: Connection): readonly number[] =>
  deliveredPackets(connection, 'down', 'connack').flatMap(({ packet: { code = 0 } }) => (code === 0 ? [] : [code]))

/** From when on nothing of the scenario's own making kept the client away. */
function wayFree({ holds }: History, lost: number, untilMs: number): { sinceMs: number; since: string } {
  const lifted = holds
    .filter(({ conn, heldMs }) => conn === undefined && heldMs <= untilMs)
    .map(({ fault, liftedMs = Infinity }) => ({ sinceMs: liftedMs, since: `the lifting of ${fault}` }))
    .filter(({ sinceMs }) => sinceMs > lost && sinceMs <= untilMs)
    .sort((a, b) => b.sinceMs - a.sinceMs)[0]
  return lifted ?? { sinceMs: lost, since: 'the loss' }
}
