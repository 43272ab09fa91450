import {
  areNeighbours,
  brokerHeardMs,
  type Connection,
  countOf,
  dataSent,
  sentPackets,
} from '../../evidence/connection.ts'
import { formatMs, resolveDuration } from '../../model/duration.ts'
import type { Window } from '../../model/verdict.ts'
import { inK, plural, seconds } from '../../text/words.ts'
import { roundTripMs, schedulingMs } from '../../timing/tolerance.ts'
import type { History } from '../history.ts'
import { brokersDisconnect, KEEP_ALIVE_TIMEOUT, takeoverOf } from '../told.ts'
import type { Check, Finding } from './check.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

/**
 * A client that goes on with its own interval where the broker imposed another: MQTT 5.0 [MQTT-3.2.2-21] forbids it, and the
 * broker takes its silence for death.
 */

/** Clients count in whole seconds, and some look only once a second. */
const OWN_WITHIN_MS = 1000

interface Silence {
  readonly forMs: number
  /** What ended it: a packet of the client's, the broker's close, or the end of what was watched. */
  readonly endedBy: 'client' | 'broker' | 'end'
}

/** `undefined` where the broker imposed nothing, or the silence has nothing to do with the client's own interval. */
function deedOf({ forMs, endedBy }: Silence, { ownKeepaliveMs, slackMs = 0 }: History): string | undefined {
  if (ownKeepaliveMs === undefined) return undefined
  const isOff = ownKeepaliveMs === 0
  const own = isOff ? 'its own keep-alive is off' : `its own interval is ${formatMs(ownKeepaliveMs)}`
  const lateMs = forMs - ownKeepaliveMs
  if (!isOff && Math.abs(lateMs) <= OWN_WITHIN_MS + schedulingMs(slackMs))
    return `it ${endedBy === 'client' ? 'pinged after' : 'sent nothing for'} ${seconds(forMs)}, its own interval`
  if (!isOff && (endedBy === 'client' || lateMs > 0)) return undefined
  return `it sent nothing for ${seconds(forMs)}${endedBy === 'broker' ? ', until the broker closed the connection' : ''}; ${own}`
}

/** The finding, where it is a silence that was too long, by the name of its cause. */
function ignoring(finding: Finding, history: History, silence: Silence): Finding {
  const { keepaliveMs } = history
  const deed = finding.result === 'fail' ? deedOf(silence, history) : undefined
  if (deed === undefined) return finding
  const imposed = `the Server Keep Alive of ${formatMs(keepaliveMs)}`
  return {
    ...finding,
    reason: `the client ignores ${imposed}: ${deed} (${history.wire.rules(history.protocol, keepaliveMs).imposed})`,
  }
}

/** The client's duty: 3.1.1 [MQTT-3.1.2-23], 5.0 [MQTT-3.1.2-20]. Any control packet fulfils it, not only a PINGREQ. */
export const pingsOnTime: Check<WindowParams> = {
  name: 'pings-on-time',
  summary: 'while all is well, the client is never silent for longer than min(K + 1 s, 1.5K)',
  options: windowParams,
  label: 'pings',
  needsControl: 'none',
  judge(params, history, windows) {
    const connection = history.connections.find(({ establishedMs }) => establishedMs !== undefined)
    if (!connection) return inconclusive(`no ${history.wire.words.accepted} reached the client`)
    if (history.keepaliveMs === 0) return inconclusive('keep-alive 0: the client has no duty to ping')
    const window = chosenWindow(params, windows.pings, history.keepaliveMs) ?? windows.pings
    const untilMs = healthyUntilMs(history, connection)
    const finding = longestSilence(history, connection, window, untilMs)
    return unreadable(ignoring(finding, history, silenceOf(finding, connection, untilMs)), connection)
  },
}

function silenceOf({ sinceMs, seenMs }: Finding, connection: Connection, untilMs: number): Silence {
  const endMs = seenMs ?? untilMs
  const byBroker = endMs === untilMs && isBrokersEnd(connection, endMs)
  return { forMs: endMs - (sinceMs ?? endMs), endedBy: byBroker ? 'broker' : seenMs === null ? 'end' : 'client' }
}

/** Without a byte there was no packet; but what the bytes were, nobody can tell. */
function unreadable(finding: Finding, { sealed }: Connection): Finding {
  if (!sealed || finding.result !== 'pass') return finding
  const reason = `the link can't read ${sealed}: the client was never silent for too long, but whether it sent control packets is not to be seen`
  return { ...finding, result: 'inconclusive', reason }
}

function longestSilence(history: History, connection: Connection, window: Window, untilMs: number): Finding {
  const { keepaliveMs } = history
  // Before CONNACK the client does not know that it is connected, nor which keep-alive is in force (Server Keep Alive).
  const connackMs = connection.establishedMs ?? untilMs
  const all = connection.sealed ? dataSent(connection, 'up') : sentPackets(connection, 'up')
  const sent = all.filter(({ atMs }) => atMs > connackMs && atMs <= untilMs)
  const lastMs = sent.at(-1)?.atMs ?? connackMs
  const openMs = untilMs - lastMs
  const gaps = sent.flatMap((at, i) => {
    const before = sent[i - 1]
    if (before && !areNeighbours(before, at)) return []
    return [{ sinceMs: before?.atMs ?? connackMs, seenMs: at.atMs }]
  })
  const worst = gaps.sort((a, b) => b.seenMs - b.sinceMs - (a.seenMs - a.sinceMs))[0]

  const shared = {
    window,
    keepaliveMs,
    endMs: untilMs,
    did: 'client sent its next packet',
    didNot: 'client sent nothing',
  }
  const overdueMs = keepaliveMs + schedulingMs(history.slackMs ?? 0) + roundTripMs(history.scenario, keepaliveMs)
  if (openMs > overdueMs && tookForDeath(history, connection, untilMs)) return cutOff(lastMs, untilMs, keepaliveMs)
  if (openMs > window.latestMs)
    return withinWindow({ ...shared, sinceMs: lastMs, seenMs: null, since: 'its last packet' })

  const watchedMs = untilMs - connackMs
  const pending = openMs > overdueMs && openMs > (worst ? worst.seenMs - worst.sinceMs : 0)
  if (!worst || watchedMs < keepaliveMs || pending)
    return inconclusive(`watched for ${inK(watchedMs, keepaliveMs)} only, too short to see a ping that was due`, {
      window,
    })
  return withinWindow({ ...shared, ...worst, since: `the one before (longest of ${plural(countOf(sent), 'gap')})` })
}

/** Until the first fault that concerns it, the client's next connection in its place, its end, or the end of the run. */
function healthyUntilMs(history: History, connection: Connection): number {
  const { holds, endMs } = history
  const { conn, ends } = connection
  const fault = holds.find(hold => hold.conn === undefined || hold.conn === conn)
  const takenOverMs = takeoverOf(history, connection)?.atMs ?? Infinity
  return Math.min(fault?.fromMs ?? Infinity, takenOverMs, ends[0]?.atMs ?? Infinity, endMs)
}

const isBrokersEnd = ({ ends }: Connection, atMs: number): boolean => ends[0]?.from === 'broker' && ends[0].atMs <= atMs

/** The broker closed at a time at which silence can be its reason, and gave no other. */
function tookForDeath({ keepaliveMs, wire, protocol }: History, connection: Connection, atMs: number): boolean {
  if (!isBrokersEnd(connection, atMs)) return false
  const disconnect = brokersDisconnect(connection)
  if (disconnect) return disconnect.code === KEEP_ALIVE_TIMEOUT
  const heardMs = brokerHeardMs(connection).findLast(heard => heard <= atMs)
  const { earliest } = wire.rules(protocol, keepaliveMs).brokerDrops
  return heardMs !== undefined && atMs - heardMs >= resolveDuration(earliest, keepaliveMs)
}

/** No window says it better: the broker took the silence for death. */
function cutOff(sinceMs: number, seenMs: number, keepaliveMs: number): Finding {
  const silence = `client sent nothing for ${inK(seenMs - sinceMs, keepaliveMs)} after its last packet`
  const reason = `${silence}, until the broker closed the connection; a packet was due within 1K`
  return { result: 'fail', sinceMs, seenMs, window: null, reason }
}
