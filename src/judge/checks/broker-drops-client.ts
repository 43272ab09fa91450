import { brokerHeardMs, type Connection } from '../../evidence/connection.ts'
import type { Window } from '../../model/verdict.ts'
import { seconds } from '../../text/words.ts'
import { connectionUnderTest, type History } from '../history.ts'
import {
  brokerClosedMs,
  brokersDisconnect,
  brokerTold,
  disconnectWords,
  KEEP_ALIVE_TIMEOUT,
  outagesOf,
  toldBy,
} from '../told.ts'
import type { Check, Finding } from './check.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

const SINCE = 'the last client packet it received'

/**
 * The server's duty: 3.1.1 [MQTT-3.1.2-24], 5.0 [MQTT-3.1.2-22]. Its clock starts at the last client packet that left
 * the link towards it, not at the fault.
 */
export const brokerDropsClient: Check<WindowParams> = {
  name: 'broker-drops-client',
  summary: 'the broker itself ends a silent client: about 1.5K after the last packet that it received',
  options: windowParams,
  label: 'broker',
  needsControl: 'all',
  judge(params, history, windows) {
    const connection = connectionUnderTest(history)
    if (typeof connection === 'string') return inconclusive(connection)
    const window = chosenWindow(params, windows.brokerDrops, history.keepaliveMs)
    if (!window) return inconclusive('keep-alive 0: the broker has no duty to drop anybody')
    return drop(history, connection, window)
  },
}

function drop(history: History, connection: Connection, window: Window): Finding {
  const closedMs = brokerClosedMs(history, connection) ?? Infinity
  const told = brokerTold(history, connection)
  const overMs = Math.min(closedMs, told?.atMs ?? Infinity, history.endMs)
  const silences = silencesOf(connection, overMs)
  // A silence that was let pass is a fail even where the client was heard again later.
  const silence = silences.find(({ sinceMs, untilMs }) => untilMs - sinceMs > window.latestMs) ?? silences.at(-1)
  if (!silence) return inconclusive('no client packet reached the broker', { window })
  const { sinceMs, untilMs } = silence

  const outage = outagesOf(history).find(out => out.fromMs <= untilMs && out.untilMs >= sinceMs)
  if (outage)
    return inconclusive(`the broker was ${outage.what} by the scenario and could not keep time`, { sinceMs, window })
  const byItself = closedMs === untilMs && closedMs < (told?.atMs ?? Infinity)
  if (told?.atMs === untilMs && untilMs - sinceMs <= window.latestMs) {
    const reason = `the broker was told by ${toldBy(told, history)} ${seconds(untilMs - sinceMs)} after ${SINCE}, within its window`
    return inconclusive(reason, { sinceMs, window })
  }
  const disconnect = byItself ? brokersDisconnect(connection) : undefined
  if (disconnect && disconnect.code !== KEEP_ALIVE_TIMEOUT) {
    const reason = `the broker ended it for another reason: ${disconnectWords(disconnect.code)}`
    return inconclusive(reason, { sinceMs, seenMs: closedMs, window })
  }
  return withinWindow({
    window,
    keepaliveMs: history.keepaliveMs,
    sinceMs,
    seenMs: byItself ? closedMs : null,
    endMs: untilMs,
    did: disconnect ? 'broker closed (DISCONNECT 0x8d, Keep Alive timeout)' : 'broker closed',
    didNot: 'broker never closed',
    since: SINCE,
  })
}

/** The gaps between client packets as the broker received them, the last one up to `overMs`. */
function silencesOf(connection: Connection, overMs: number): readonly { sinceMs: number; untilMs: number }[] {
  const heardMs = brokerHeardMs(connection).filter(atMs => atMs <= overMs)
  return heardMs.map((sinceMs, i) => ({ sinceMs, untilMs: heardMs[i + 1] ?? overMs }))
}
