/**
 * What one run of the ratio table showed. Pure: evidence in, figures out. A date is an interval, and so is a detection: a peer
 * that stood still between its two dates may have done so instead of counting. One that is not known exactly enough for a
 * figure is none, and the run is played again.
 */

import {
  brokerHeardMs,
  type Connection,
  deliveredPackets,
  firstEnd,
  lostMs,
  sentPackets,
} from '../evidence/connection.ts'
import { type Standstill, standstillsIn, stoodStillMs } from '../evidence/lateness.ts'
import { connectionUnderTest, type History, historiesOf, isAnswer, type PeerAt } from '../judge/history.ts'
import { brokerClosedMs, brokerTold, clientTold } from '../judge/told.ts'
import { standstillsBehindLoss, type Uncertainty, uncertaintyOf } from '../judge/uncertainty.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Evidence } from '../model/evidence.ts'
import { seconds, tallied } from '../text/words.ts'
import { SERVER_TIMEOUT } from '../timing/spec.ts'
import { turnMs } from '../timing/tolerance.ts'
import { exactMs, liftedExactMs } from './exact.ts'
import { greatest, sum } from './ratio-fit.ts'

/** A time between two dates: in truth it lasted from `afterMs - minusMs` to `afterMs + plusMs`. */
interface Span {
  readonly afterMs: number
  readonly minusMs: number
  readonly plusMs: number
}

/** A peer's giving up: since the last that it heard, for a client the last answer, for a broker the last packet. */
export interface SampledDetection extends Span {
  readonly afterCutMs: number
  /** Since the run's time 0. */
  readonly atMs: number
}

/** Not known exactly enough, and why. */
export interface Stalled {
  readonly stalled: string
}

/**
 * Of the first connection. `never`: it had not given up when the run ended; `told`: somebody else ended it first;
 * `unasked`: there was no cut, or nothing left to cut.
 */
type Noticed = SampledDetection | Stalled | 'never' | 'told' | 'unasked'

export interface Sample {
  readonly client: Noticed
  readonly broker: Noticed
  /** How long after the cut was watched. */
  readonly watchedMs: number
  /** Since time 0: the client's PINGREQs before the cut, or before the end. */
  readonly pingsAtMs: readonly number[]
  /** Between one of these and the next. */
  readonly gaps: readonly (Span | Stalled)[]
  /** MQTT 5.0 §3.2.2.3.14, as the CONNACK said it. */
  readonly serverKeepAliveS: number | undefined
  /** A connection lost while all was well, and whose doing it was: who ended it, or the client that let it fall silent. */
  readonly falseAlarm: 'client' | 'broker' | undefined
  readonly healthyMs: number
  /** What the client's library told its application when it gave up. */
  readonly told: string | undefined
}

/** Why a run can't be relied on. `stalled`: somebody stood still where it counts; `trouble`: anything else. */
export interface Spoilt {
  readonly spoilt: 'stalled' | 'trouble'
  readonly reason: string
}

export const isDetection = (noticed: Noticed): noticed is SampledDetection =>
  typeof noticed === 'object' && !('stalled' in noticed)

/** One for each client. */
export function samplesOf(evidence: Evidence): readonly (Sample | Spoilt)[] {
  const trouble = evidence.events.find(event => event.what === 'trouble')
  if (trouble?.what === 'trouble') return [{ spoilt: 'trouble', reason: trouble.note ?? 'the harness had trouble' }]
  const dating = { uncertainty: uncertaintyOf(evidence.events), resolutionMs: evidence.header.labResolutionMs }
  return historiesOf(evidence).map(history => {
    // The first: what comes after a false alarm is another connection.
    const connection = connectionUnderTest({ ...history, holds: [] })
    return typeof connection === 'string'
      ? { spoilt: 'trouble', reason: connection }
      : measured({ history, connection, ...dating })
  })
}

interface Scene {
  readonly history: History
  readonly connection: Connection
  readonly uncertainty: Uncertainty
  /** Of the lab: later than this nothing is dated without saying so. */
  readonly resolutionMs: number
}

function measured(scene: Scene): Sample | Spoilt {
  const { history, connection, uncertainty } = scene
  const cutMs = isSilent(history) ? connection.establishedMs : history.holds[0]?.heldMs
  const alarm = falseAlarm(connection, history, cutMs)
  const lossMs = lostMs(connection) ?? Infinity
  const behind = alarm && standstillsBehindLoss(lossMs, uncertainty.standstills, history.keepaliveMs)
  if (behind !== undefined) return { spoilt: 'stalled', reason: `${behind}, just before a connection was lost` }
  const healthyUntilMs = Math.min(cutMs ?? history.endMs, lossMs)
  const isCut = cutMs !== undefined && alarm === undefined
  const client = isCut && !isSilent(history) ? clientNoticed(scene, cutMs) : 'unasked'
  const pingsAtMs = pingsOf(history, connection, healthyUntilMs)
  return {
    client,
    broker: isCut ? brokerNoticed(scene, cutMs) : 'unasked',
    watchedMs: history.endMs - (cutMs ?? 0),
    pingsAtMs,
    gaps: pingsAtMs.slice(1).map((atMs, i) => spanOf(scene, 'client', pingsAtMs[i] ?? 0, atMs)),
    serverKeepAliveS: imposedS(connection),
    falseAlarm: alarm,
    healthyMs: healthyUntilMs,
    told: isDetection(client) ? toldText(history, client.atMs) : undefined,
  }
}

/** Its pings; of one that sends none, and is heard all the same, what it is heard by. */
function pingsOf({ wire }: History, connection: Connection, untilMs: number): readonly number[] {
  const sent = sentPackets(connection, 'up').filter(({ atMs }) => atMs <= untilMs)
  const name = wire.pings.find(ping => sent.some(({ packet }) => packet.cmd === ping))
  return sent.filter(({ packet }) => packet.cmd === name).map(({ atMs }) => atMs)
}

/** It falls silent by itself, at its CONNACK. */
const isSilent = ({ pings }: History): boolean => !pings

/** From the last answer; what the broker publishes is none (MQTT.js #1861). */
function clientNoticed(scene: Scene, cutMs: number): Noticed {
  const { history, connection } = scene
  const end = firstEnd(connection, 'client', ['client'])
  const told = clientTold(connection)
  if (told && told.atMs <= (end?.atMs ?? Infinity)) return 'told'
  if (!end || end.atMs > history.endMs) return 'never'
  const heardMs = deliveredPackets(connection, 'down').filter(at => isAnswer(at) && at.atMs <= end.atMs)
  return noticed(scene, 'client', { atMs: end.atMs, heardMs: heardMs.at(-1)?.atMs ?? 0, cutMs })
}

/** From the last packet that reached it. */
function brokerNoticed(scene: Scene, cutMs: number): Noticed {
  const { history, connection } = scene
  const closedMs = brokerClosedMs(history, connection)
  const told = brokerTold(history, connection)
  if (told && told.atMs <= (closedMs ?? Infinity)) return 'told'
  if (closedMs === undefined || closedMs > history.endMs) return 'never'
  const heardMs = brokerHeardMs(connection).filter(atMs => atMs <= closedMs)
  return noticed(scene, 'broker', { atMs: closedMs, heardMs: Math.max(...heardMs, Number.NEGATIVE_INFINITY), cutMs })
}

type Party = 'client' | 'broker'

function noticed(
  scene: Scene,
  party: Party,
  { atMs, heardMs, cutMs }: { readonly atMs: number; readonly heardMs: number; readonly cutMs: number },
): SampledDetection | Stalled {
  const span = spanOf(scene, party, heardMs, atMs)
  return 'stalled' in span ? span : { ...span, afterCutMs: atMs - cutMs, atMs }
}

/**
 * What this party needed from one date to the other. It needed less by how late the end is dated and by what it was held up in
 * between, and more by how late the beginning is dated.
 */
function spanOf(
  { history, uncertainty, resolutionMs }: Scene,
  party: Party,
  fromMs: number,
  toMs: number,
): Span | Stalled {
  const heldUpMs = heldUp(uncertainty.standstills, party, fromMs, toMs)
  const [fromLateMs, toLateMs] = [uncertainty.lateMs(fromMs), uncertainty.lateMs(toMs)]
  const minusMs = toLateMs + heldUpMs + resolutionMs
  const plusMs = fromLateMs + resolutionMs
  const keepaliveS = history.keepaliveMs / 1000
  const mayMs = isSilent(history) ? liftedExactMs(keepaliveS) : exactMs(keepaliveS)
  if (minusMs + plusMs <= Math.max(mayMs, 2 * resolutionMs)) return { afterMs: toMs - fromMs, minusMs, plusMs }
  const late = `dates are up to ${seconds(fromLateMs + toLateMs)} late`
  return {
    stalled: heldUpMs > fromLateMs + toLateMs ? `the ${party} may have been held up for ${seconds(heldUpMs)}` : late,
  }
}

/** A party counts K in so few turns: MQTT.js in three ticks of K/2. Each of them can be held up once, and waiting in between by nothing. */
const TURNS = 4

/**
 * How much later than it would have this party acted, at most: by all that it stood still, or by the longest standstills that its turns
 * can have met. A thread that waits for a processor for less than a third of the time does so for a few milliseconds at each turn: that
 * spreads what is measured, and it is measured how far.
 */
function heldUp(all: readonly Standstill[], party: Party, fromMs: number, toMs: number): number {
  const own = standstillsIn(all, party, fromMs, toMs).filter(
    ({ how, forMs, fromMs: since, toMs: until }) => how !== 'no-cpu' || 3 * forMs > until - since,
  )
  const longest = own.map(({ forMs }) => forMs).toSorted((a, b) => b - a)
  return Math.min(stoodStillMs(own, party, fromMs, toMs), sum(longest.slice(0, TURNS)))
}

/** The broker must end it after 1.5K of silence (3.1.1 [MQTT-3.1.2-24], 5.0 [MQTT-3.1.2-22]), in other dialects when their rule says; that is the client's doing. */
function falseAlarm(connection: Connection, history: History, cutMs = Infinity): Sample['falseAlarm'] {
  const first = connection.ends[0]
  if (!first || first.atMs >= cutMs || first.from === 'fault') return undefined
  const heardMs = brokerHeardMs(connection).filter(atMs => atMs <= first.atMs)
  const silentMs = first.atMs - greatest(heardMs)
  const { wire, protocol, keepaliveMs } = history
  const dueAfter = wire.beat ? wire.rules(protocol, keepaliveMs).brokerDrops.earliest : SERVER_TIMEOUT
  return silentMs >= resolveDuration(dueAfter, keepaliveMs) - turnMs(ALLOWED_MS, history) ? 'client' : first.from
}

/** Dates at the broker's edge are that exact. */
const ALLOWED_MS = 50

const imposedS = ({ packets }: Connection): number | undefined =>
  packets.find(({ packet }) => packet.cmd === 'connack')?.packet.serverKeepAliveS

/** A library tells its application a moment before or after the link sees the close; later news are of its next attempts. */
const BEFORE_MS = 1000
const AFTER_MS = 300

/** Words that the harness's own events have anyway. */
const TELLING = new Set(['closed', 'error', 'offline', 'exited'])

/**
 * The shortest that says what the application was told: `closed 141 Keep alive timeout (twice)`. News with a code or words
 * of their own come before bare ones. `undefined` where it was told nothing.
 */
function toldText(history: History, closedMs: number): string | undefined {
  const [fromMs, toMs] = [closedMs - turnMs(BEFORE_MS, history), closedMs + turnMs(AFTER_MS, history)]
  const news = history.peers.filter(
    ({ who, what, atMs }) => who === 'client' && TELLING.has(what) && atMs >= fromMs && atMs <= toMs,
  )
  const speaking = news.filter(({ code, note }) => code !== undefined || (note !== undefined && note !== ''))
  if (news.length === 0) return undefined
  return tallied((speaking.length > 0 ? speaking : news).map(textOf)).join('; ')
}

function textOf({ what, code, note = '' }: PeerAt): string {
  const words = note.replace(/\s+/g, ' ').trim()
  return [what, code === undefined || words.includes(String(code)) ? '' : String(code), words]
    .filter(text => text !== '')
    .join(' ')
}
