import { lostMs } from '../evidence/connection.ts'
import type { Window } from '../model/verdict.ts'
import type { Check } from './check.ts'
import type { History } from './history.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'
import { inK } from './words.ts'

/** Counted from the loss, or from the lifting of the last fault that stood in the way. */
export const reconnects: Check<WindowParams> = {
  name: 'reconnects',
  summary: 'after a loss the client gets a new CONNACK; by the end of the run unless a window is given',
  options: windowParams,
  needsControl: 'all',
  judge(params, history) {
    const { keepaliveMs, endMs, connections } = history
    const first = connections.find(({ establishedMs }) => establishedMs !== undefined)
    if (!first) return inconclusive('no CONNACK reached the client')
    const lost = lostMs(first)
    if (lost === undefined) return inconclusive('the client never lost its connection, so it had nothing to reconnect')
    const again = connections.find(({ conn, establishedMs }) => conn > first.conn && establishedMs !== undefined)
    const seenMs = again?.establishedMs ?? null

    const { sinceMs, since } = wayFree(history, lost, seenMs ?? endMs)
    const byDefault: Window = {
      earliestMs: 0,
      latestMs: endMs - sinceMs,
      origin: 'scenario',
      source: 'the end of the run',
    }
    const window = chosenWindow(params, byDefault, keepaliveMs) ?? byDefault
    // The default window ends with the run, so not having happened by then is a fail.
    if (seenMs === null && window === byDefault) {
      const reason = `no new CONNACK in the ${inK(endMs - sinceMs, keepaliveMs)} from ${since} to the end of the run${inTheWay(history)}`
      return { result: 'fail', sinceMs, seenMs, window, reason }
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

function inTheWay({ holds }: History): string {
  const left = holds.find(({ conn, liftedMs }) => conn === undefined && liftedMs === undefined)
  return left ? `; ${left.fault} was still in force` : ''
}

/** From when on nothing of the scenario's own making kept the client away. */
function wayFree({ holds }: History, lost: number, untilMs: number): { sinceMs: number; since: string } {
  const lifted = holds
    .filter(({ conn, heldMs }) => conn === undefined && heldMs <= untilMs)
    .map(({ fault, liftedMs = Infinity }) => ({ sinceMs: liftedMs, since: `the lifting of ${fault}` }))
    .filter(({ sinceMs }) => sinceMs > lost && sinceMs <= untilMs)
    .sort((a, b) => b.sinceMs - a.sinceMs)[0]
  return lifted ?? { sinceMs: lost, since: 'the loss' }
}
