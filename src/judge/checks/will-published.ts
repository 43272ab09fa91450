import { brokerHeardMs, type Connection, clientIdOf, connectOf, deliveredPackets } from '../../evidence/connection.ts'
import type { WillSummary } from '../../model/event.ts'
import type { Window } from '../../model/verdict.ts'
import { seconds } from '../../text/words.ts'
import { clause, WILL_MS } from '../../timing/spec.ts'
import { type Windows, willWindow } from '../../timing/windows.ts'
import { connectionUnderTest, type History } from '../history.ts'
import {
  brokerClosedMs,
  brokersDisconnect,
  brokerTold,
  disconnectWords,
  KEEP_ALIVE_TIMEOUT,
  outagesOf,
  type TimeTold,
  takeoverWords,
  toldBy,
} from '../told.ts'
import type { Check, Finding } from './check.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

/** 3.1.1 and 5.0 [MQTT-3.1.2-8]; MQTT 5.0 may delay it (Will Delay Interval, §3.1.3.2.2). */
export const willPublished: Check<WindowParams> = {
  name: 'will-published',
  dialect: 'mqtt',
  summary: 'the will reaches the witness once the broker knows that the client is gone',
  options: windowParams,
  label: 'will',
  needsControl: 'all',
  judge(params, history, windows) {
    const connection = connectionUnderTest(history)
    if (typeof connection === 'string') return inconclusive(connection)
    const unseeable = whyUnseeable(history, connection)
    if (unseeable !== undefined) return inconclusive(unseeable)
    const willMs = willSeenMs(history, connection, windows)
    return will({ params, history, windows, connection, willMs, due: willDue(history, connection, windows.will) })
  },
}

interface Case {
  readonly params: WindowParams
  readonly history: History
  readonly windows: Windows
  readonly connection: Connection
  readonly willMs: number | null
  readonly due: WillDue
}

function will(the: Case): Finding {
  const told = brokerTold(the.history, the.connection)
  const closedMs = brokerClosedMs(the.history, the.connection)
  if (!told || told.atMs > (closedMs ?? Infinity)) return afterSilence(the, closedMs)
  const finding = afterTold(the, told)
  if (finding.result !== 'fail' || !told.takeover || told.takeover.clientId !== undefined) return finding
  // Whether that connection was the same client's is not to be seen: then the broker may have had to find out by itself.
  const other = afterSilence(the, closedMs)
  if (other.result === 'pass') return other
  return inconclusive(`${takeoverWords(told.takeover, the.history)}; if it did: ${finding.reason}`, finding)
}

function afterTold(the: Case, told: TimeTold): Finding {
  const { atMs, from, graceful } = told
  const by = toldBy(told, the.history)
  if (graceful) return suppressed(the, atMs, by)
  const { sealed } = the.connection
  if (sealed && the.willMs === null && from === 'client') {
    const reason = `the link can't read ${sealed}: whether the client sent a DISCONNECT, which deletes the will, is not to be seen`
    return inconclusive(reason, { sinceMs: atMs })
  }
  const since = `${by} reached the broker`
  const outage = outagesOf(the.history).find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)
  if (!outage) return cutShort(the, atMs) ?? counted(the, atMs, since, the.due.window)
  // What arrives at a stopped process waits in its socket until the process runs again.
  const learns = outage.what === 'frozen' && outage.untilMs <= the.history.endMs
  return learns
    ? counted(the, outage.untilMs, `the broker ran again and found ${by}`, the.due.window)
    : inconclusive(`the broker was ${outage.what} by the scenario when ${since}`, { sinceMs: atMs })
}

/** The broker had to find out by itself first, or still has to. */
function afterSilence(the: Case, closedMs: number | undefined): Finding {
  const { history, connection, windows, willMs, due } = the
  const overMs = closedMs ?? history.endMs
  const lastMs = brokerHeardMs(connection).findLast(atMs => atMs <= overMs)
  const outage = outagesOf(history).find(
    ({ fromMs, untilMs }) => fromMs <= overMs && untilMs >= (lastMs ?? Number.NEGATIVE_INFINITY),
  )
  if (outage) return inconclusive(`the broker was ${outage.what} by the scenario and could not find out`)
  if (willMs !== null && closedMs === undefined)
    return fail(`the will was published at ${seconds(willMs)}, though nothing had ended the connection`, null, willMs)
  if (lastMs === undefined) return inconclusive('no client packet reached the broker')
  const back = closedMs === undefined ? undefined : cutShort(the, closedMs)
  if (back) return back
  const disconnect = brokersDisconnect(connection)
  if (disconnect && disconnect.code !== KEEP_ALIVE_TIMEOUT)
    return counted(the, disconnect.atMs, `the broker's ${disconnectWords(disconnect.code)}`, due.window)
  // A scenario's own window is about the will; how long the broker may need to find out is `broker-drops-client`.
  const isOwn = the.params.earliest !== undefined || the.params.latest !== undefined
  if (isOwn && closedMs !== undefined) return counted(the, closedMs, 'the broker closed the connection', due.window)
  const byDefault = windows.brokerDrops && inTurn(windows.brokerDrops, due.window)
  return counted(the, lastMs, 'the last client packet the broker received', byDefault)
}

/** MQTT 5.0: a client that is back before the delay is over goes on with its session, or ends it by Clean Start 1. */
function cutShort(the: Case, knownMs: number): Finding | undefined {
  const { history, connection, due, willMs, windows } = the
  const back = due.delayMs > 0 ? comebackOf(history, connection, knownMs, knownMs + due.delayMs) : undefined
  if (!back) return undefined
  const who = `connection ${back.connection.conn} of the client`
  if (!back.resumes)
    return counted(the, back.atMs, `${who} ended the session (Clean Start 1)`, willWindow(0, history.protocol))
  const rule = clause('willCancelled', history.protocol)
  // One that comes once the new connection is over too is that one's.
  const isOld =
    willMs !== null && willMs >= back.atMs && willMs < knownToBrokerMs(history, back.connection, windows.will)
  if (isOld)
    return fail(`the will was published though ${who} had gone on with its session (${rule})`, back.atMs, willMs)
  const reason = `${who} went on with its session ${seconds(back.atMs - knownMs)} after the broker knew, within the will's delay: none may be published (${rule})`
  return inconclusive(reason, { sinceMs: back.atMs })
}

function counted(the: Case, sinceMs: number, since: string, byDefault: Window | undefined): Finding {
  const { params, history, windows, willMs: seenMs } = the
  const window = chosenWindow(params, byDefault, history.keepaliveMs)
  if (!window) return inconclusive('keep-alive 0: the broker has no duty to find out, and nobody told it', { sinceMs })
  const { keepaliveMs, endMs } = history
  // Cause and effect are dated by two clocks where the kernel dates the one.
  const inOrder = seenMs === null || seenMs >= sinceMs || seenMs < sinceMs - windows.resolutionMs
  const words = { did: 'will published', didNot: 'no will published' }
  return withinWindow({ window, keepaliveMs, sinceMs, seenMs: inOrder ? seenMs : sinceMs, endMs, since, ...words })
}

/** First the one, then the other. */
const inTurn = (first: Window, then: Window): Window => ({
  earliestMs: first.earliestMs + then.earliestMs,
  latestMs: first.latestMs + then.latestMs,
  origin: first.origin,
  source: `the broker's window, then ${then.source}`,
})

/** A DISCONNECT deletes the will. */
function suppressed({ history, willMs }: Case, atMs: number, by: string): Finding {
  const rule = clause('will', history.protocol)
  return willMs === null
    ? fail(`no will: ${by} reached the broker at ${seconds(atMs)} and deleted it (${rule})`, atMs, null)
    : fail(`the will was published though ${by} had deleted it (${rule})`, atMs, willMs)
}

const fail = (reason: string, sinceMs: number | null, seenMs: number | null): Finding => ({
  result: 'fail',
  sinceMs,
  seenMs,
  window: null,
  reason,
})

/**
 * The will that a connection's CONNECT registered: whether the broker has one to publish, where the witness could see it, which of
 * those that the witness saw it is, and how long the broker has to keep it back.
 */

/** Why no witness could see this will, also where the broker does its duty. Evidence from before wills were kept gives no reason. */
function whyUnseeable(history: History, connection: Connection): string | undefined {
  const { peers, device } = history
  const will = connectOf(connection)?.will
  if (will === undefined) return undefined
  const watched = peers.filter(({ who, what }) => who === 'witness' && what === 'subscribed')
  const topic = watched[0]?.topic?.replace('+', String(device))
  const remedy = `let it register one on the topic that it is given${topic === undefined ? '' : `, here ${topic}`}`
  if (will === false) return `the client's CONNECT registered no will, so the broker has none to publish; ${remedy}`
  if (topic === undefined || will.topic === topic) return undefined
  const there = watched.filter(each => each.topic === will.topic)
  if (there.some(({ note }) => note !== undefined))
    return `several clients registered the same will for ${will.topic}: whose it is can't be told`
  // It is subscribed in the time of one round trip; a will that may have come before is not to be judged.
  const knownMs = Math.min(
    brokerTold(history, connection)?.atMs ?? Infinity,
    brokerClosedMs(history, connection) ?? Infinity,
  )
  if (there.some(({ atMs }) => atMs <= knownMs)) return undefined
  return `the client's will is for ${will.topic}, where no witness waits for it (the broker let it subscribe too late or not at all); ${remedy}`
}

/**
 * When the will of this connection reached the witness. A client whose earlier connections ended has left wills of those too: of
 * the wills that came once the broker knew of such an end, the first is that one's.
 */
function willSeenMs(history: History, connection: Connection, { will, resolutionMs }: Windows): number | null {
  const seenMs = history.peers.filter(({ who, what }) => who === 'witness' && what === 'will').map(({ atMs }) => atMs)
  const earlier = history.connections.filter(
    ({ conn, establishedMs }) => conn < connection.conn && establishedMs !== undefined,
  )
  for (const each of earlier) {
    const knownMs = knownToBrokerMs(history, each, will)
    const own = seenMs.findIndex(atMs => atMs >= knownMs - resolutionMs)
    if (own !== -1) seenMs.splice(own, 1)
  }
  return seenMs.find(atMs => atMs >= (connection.establishedMs ?? Infinity)) ?? null
}

/** When the broker knew that it has a will of this connection to publish; `Infinity`: it never did, or has none. */
function knownToBrokerMs(history: History, connection: Connection, byScenario: Window): number {
  if (connectOf(connection)?.will === false) return Infinity
  const told = brokerTold(history, connection)
  const closedMs = brokerClosedMs(history, connection) ?? Infinity
  const isTold = told !== undefined && told.atMs <= closedMs
  if (isTold && told.graceful) return Infinity
  const knownMs = isTold ? told.atMs : closedMs
  const { delayMs } = willDue(history, connection, byScenario)
  return comebackOf(history, connection, knownMs, knownMs + delayMs)?.resumes && delayMs > 0 ? Infinity : knownMs
}

interface WillDue {
  /** How long the broker has to keep it back, once it knows. */
  readonly delayMs: number
  readonly window: Window
}

/**
 * When the will is due, counted from the broker's knowing: at once; in MQTT 5.0 after min(Will Delay Interval, Session Expiry
 * Interval), §3.1.3.2.2. The session lasts as long as the server says (§3.2.2.3.2), else as the client asked, last of all in a
 * DISCONNECT (§3.14.2.2.2). Where there is no packet to tell it, `byScenario` holds.
 */
function willDue({ protocol }: History, connection: Connection, byScenario: Window): WillDue {
  const will = connectOf(connection)?.will
  if (!will) return { delayMs: byScenario.latestMs - WILL_MS, window: byScenario }
  const ms = delayMs(connection, will, protocol)
  return { delayMs: ms, window: willWindow(ms, protocol) }
}

function delayMs(connection: Connection, { delayS = 0 }: WillSummary, protocol: number): number {
  if (protocol !== 5) return 0
  const said = (flow: 'up' | 'down', cmd: 'disconnect' | 'connack') =>
    deliveredPackets(connection, flow, cmd)[0]?.packet.sessionExpiryS
  const expiryS = said('up', 'disconnect') ?? said('down', 'connack') ?? connectOf(connection)?.sessionExpiryS ?? 0
  return Math.min(delayS, expiryS) * 1000
}

/** The client's next connection to its session, once it was let in: by when its CONNECT reached the broker. */
interface Comeback {
  readonly atMs: number
  readonly connection: Connection
  /** Clean Start 0: the session goes on, and the will must not be sent any more, MQTT 5.0 [MQTT-3.1.3-9]. */
  readonly resumes: boolean
}

/** The first within these bounds, both included. */
function comebackOf(
  { connections }: History,
  connection: Connection,
  fromMs: number,
  toMs: number,
): Comeback | undefined {
  const clientId = clientIdOf(connection)
  for (const other of connections) {
    if (other.conn <= connection.conn || clientId === undefined || clientIdOf(other) !== clientId) continue
    const atMs = deliveredPackets(other, 'up', 'connect')[0]?.atMs
    if (other.establishedMs === undefined || atMs === undefined || atMs < fromMs || atMs > toMs) continue
    return { atMs, connection: other, resumes: connectOf(other)?.clean === false }
  }
  return undefined
}
