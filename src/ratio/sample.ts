/**
 * What one run of the ratio table showed. Pure: evidence in, figures out. A figure that a standstill of the harness could
 * have dated wrongly is none: the run is played again.
 */
import { type History, historiesOf } from '../checks/history.ts'
import { connectionUnderTest, isAnswer } from '../checks/subject.ts'
import { brokerClosedMs, brokerTold, clientTold } from '../checks/told.ts'
import {
  brokerHeardMs,
  type Connection,
  deliveredPackets,
  firstEnd,
  lostMs,
  sentPackets,
} from '../evidence/connection.ts'
import { type Standstill, standstillsOf } from '../evidence/lateness.ts'
import { standstillsBehindLoss } from '../judge/uncertainty.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Evidence } from '../model/evidence.ts'
import { SERVER_TIMEOUT } from '../timing/spec.ts'
import { greatest } from './fit.ts'
import { toldText } from './told-text.ts'

/** A peer's giving up. */
export interface Detection {
  /** Since the last that it heard: for a client the last answer, for a broker the last packet. */
  readonly afterMs: number
  readonly afterCutMs: number
  /** Since the run's time 0. */
  readonly atMs: number
}

export interface Sample {
  /**
   * Of the first connection. `never`: it had not given up when the run ended; `told`: somebody else ended it first;
   * `unasked`: there was no cut, or nothing left to cut.
   */
  readonly client: Detection | 'never' | 'told' | 'unasked'
  readonly broker: Detection | 'never' | 'told' | 'unasked'
  /** How long after the cut was watched. */
  readonly watchedMs: number
  /** Since time 0: the client's PINGREQs before the cut, or before the end. */
  readonly pingsAtMs: readonly number[]
  /** MQTT 5.0 §3.2.2.3.14, as the CONNACK said it. */
  readonly serverKeepAliveS: number | undefined
  /** A connection lost while all was well, and whose doing it was: who ended it, or the client that let it fall silent. */
  readonly falseAlarm: 'client' | 'broker' | undefined
  readonly healthyMs: number
  /** What the client's library told its application when it gave up. */
  readonly told: string | undefined
}

/** Why a run can't be relied on. `stalled`: the harness stood still where it counts; `trouble`: anything else. */
export interface Spoilt {
  readonly spoilt: 'stalled' | 'trouble'
  readonly reason: string
}

/** One for each client. */
export function samplesOf(evidence: Evidence): readonly (Sample | Spoilt)[] {
  const trouble = evidence.events.find(event => event.what === 'trouble')
  if (trouble?.what === 'trouble') return [{ spoilt: 'trouble', reason: trouble.note ?? 'the harness had trouble' }]
  const stalls = standstillsOf(evidence.events)
  return historiesOf(evidence).map(history => {
    // The first: what comes after a false alarm is another connection.
    const connection = connectionUnderTest({ ...history, holds: [] })
    return typeof connection === 'string'
      ? { spoilt: 'trouble', reason: connection }
      : measured(history, connection, stalls)
  })
}

function measured(history: History, connection: Connection, stalls: readonly Standstill[]): Sample | Spoilt {
  // A silent client falls silent by itself, at its CONNACK.
  const isSilent = history.scenario.client.name === 'silent'
  const cutMs = isSilent ? connection.establishedMs : history.holds[0]?.heldMs
  const alarm = falseAlarm(connection, history.keepaliveMs, cutMs)
  const healthyUntilMs = Math.min(cutMs ?? history.endMs, lostMs(connection) ?? Infinity)
  const isCut = cutMs !== undefined && alarm === undefined
  const client = isCut && !isSilent ? clientDetection(history, connection, cutMs) : 'unasked'
  const broker = isCut ? brokerDetection(history, connection, cutMs) : 'unasked'
  const pings = sentPackets(connection, 'up', 'pingreq')
    .map(({ atMs }) => atMs)
    .filter(atMs => atMs <= healthyUntilMs)
  const stall = stalls.find(each => isSpoiltBy(each, [client, broker]))
  if (stall) {
    const still = `the event loop stood still for ${Math.round(stall.forMs)} ms`
    return { spoilt: 'stalled', reason: `${still} at a moment that counts` }
  }
  const behind = alarm && standstillsBehindLoss(lostMs(connection) ?? Infinity, stalls, history.keepaliveMs)
  if (behind !== undefined) return { spoilt: 'stalled', reason: `${behind}, just before a connection was lost` }
  return {
    client,
    broker,
    watchedMs: history.endMs - (cutMs ?? 0),
    pingsAtMs: pings,
    serverKeepAliveS: imposedS(connection),
    falseAlarm: alarm,
    healthyMs: healthyUntilMs,
    told: typeof client === 'string' ? undefined : toldText(history.peers, client.atMs),
  }
}

/** From the last answer; what the broker publishes is none (MQTT.js #1861). */
function clientDetection(history: History, connection: Connection, cutMs: number): Sample['client'] {
  const end = firstEnd(connection, 'client', ['client'])
  const told = clientTold(connection)
  if (told && told.atMs <= (end?.atMs ?? Infinity)) return 'told'
  if (!end || end.atMs > history.endMs) return 'never'
  const heardMs = deliveredPackets(connection, 'down').filter(at => isAnswer(at) && at.atMs <= end.atMs)
  return detection(end.atMs, heardMs.at(-1)?.atMs ?? 0, cutMs)
}

/** From the last packet that reached it. */
function brokerDetection(history: History, connection: Connection, cutMs: number): Sample['broker'] {
  const closedMs = brokerClosedMs(history, connection)
  const told = brokerTold(history, connection)
  if (told && told.atMs <= (closedMs ?? Infinity)) return 'told'
  if (closedMs === undefined || closedMs > history.endMs) return 'never'
  const heardMs = brokerHeardMs(connection).filter(atMs => atMs <= closedMs)
  return detection(closedMs, Math.max(...heardMs, Number.NEGATIVE_INFINITY), cutMs)
}

const detection = (atMs: number, heardMs: number, cutMs: number): Detection => ({
  atMs,
  afterMs: atMs - heardMs,
  afterCutMs: atMs - cutMs,
})

/** Either of the two dates that a detection is the distance of. */
function isSpoiltBy({ fromMs, toMs }: Standstill, detections: readonly Sample['client'][]): boolean {
  const dates = detections.flatMap(each => (typeof each === 'string' ? [] : [each.atMs, each.atMs - each.afterMs]))
  return dates.some(ms => ms >= fromMs && ms <= toMs + 50)
}

/** The broker must end it after 1.5K of silence (3.1.1 [MQTT-3.1.2-24], 5.0 [MQTT-3.1.2-22]); that is the client's doing. */
function falseAlarm(connection: Connection, keepaliveMs: number, cutMs = Infinity): Sample['falseAlarm'] {
  const first = connection.ends[0]
  if (!first || first.atMs >= cutMs || first.from === 'fault') return undefined
  const heardMs = brokerHeardMs(connection).filter(atMs => atMs <= first.atMs)
  const silentMs = first.atMs - greatest(heardMs)
  return silentMs >= resolveDuration(SERVER_TIMEOUT, keepaliveMs) - ALLOWED_MS ? 'client' : first.from
}

/** Dates at the broker's edge are that exact. */
const ALLOWED_MS = 50

const imposedS = ({ packets }: Connection): number | undefined =>
  packets.find(({ packet }) => packet.cmd === 'connack')?.packet.serverKeepAliveS
