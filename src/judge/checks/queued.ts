import { z } from 'zod'
import { type Connection, connectOf, deliveredPackets, sentPackets } from '../../evidence/connection.ts'
import { type Duration, resolveDuration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import type { Window } from '../../model/verdict.ts'
import { plural, seconds } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { turnMs } from '../../timing/tolerance.ts'
import { type Delivery, deliveriesOf, type History } from '../history.ts'
import type { Check } from './check.ts'
import { lossesOf } from './ending.ts'
import { inconclusive } from './window.ts'

interface QueuedParams {
  readonly least?: number | undefined
  readonly most?: number | undefined
  readonly latest?: Duration | undefined
}

const count = z.int().min(0)

/** What is published this shortly before the client is back may come by either connection. */
const GRACE_MS = 1000

/**
 * What a broker keeps for a client that is away: messages of QoS 1 and 2 for its session, 3.1.1 §3.1.2.4, 5.0 §4.1; not those whose
 * Message Expiry Interval is over, 5.0 [MQTT-3.3.2-5]; never more unacknowledged at once than its Receive Maximum, 5.0 [MQTT-3.3.4-9].
 */
export const queued: Check<QueuedParams> = {
  name: 'queued',
  dialect: 'mqtt',
  summary:
    'what was published for the client while it was away reaches it once it is back: all of it, in order, unless `least` or `most` is given',
  options: z.strictObject({
    least: count.optional().describe('at least so many of them; absent: all, or none where `most` is given'),
    most: count.optional().describe('no more than so many of them, since the session or the messages expire'),
    latest: duration
      .optional()
      .describe('how soon after its return the last of them is there; absent: by the end of the run'),
  }),
  needsControl: 'pass',
  judge({ least, most, latest }, history) {
    const away = awayOf(history)
    if (typeof away === 'string') return inconclusive(away)
    const { fromMs, backMs, back } = away
    const window = windowOf(latest, history)
    const { qos = 0 } = history.scenario.client.traffic.receiving ?? {}
    const meant = deliveriesOf(history.peers, 'down', qos).filter(
      ({ publishedMs }) => publishedMs >= fromMs && publishedMs < backMs,
    )
    if (meant.length === 0) return inconclusive('nothing was published for the client while it was away', { window })
    if (qos === 0) return inconclusive('what was published for it is of QoS 0, which no broker has to keep', { window })
    const came = meant.filter(({ receivedMs }) => receivedMs.length > 0)
    const lastMs = Math.max(backMs, ...came.map(each => each.receivedMs[0] ?? 0))
    const due = meant.filter(
      ({ publishedMs }) => publishedMs < backMs - turnMs(GRACE_MS, history) || least !== undefined,
    )
    const needed = least ?? (most === undefined ? due.length : 0)
    const arrived =
      least === undefined && most === undefined
        ? due.filter(({ receivedMs }) => receivedMs.length > 0).length
        : came.length
    const faults = [
      ...(arrived < needed ? [`${needed - arrived} of ${plural(needed, 'message')} that were due never came`] : []),
      ...(most !== undefined && came.length > most ? [`at most ${most} may come`] : []),
      ...(window && lastMs - backMs > window.latestMs
        ? [`the last of them ${seconds(lastMs - backMs)} after the return`]
        : []),
      ...outOfOrder(came),
      ...tooMany(back, history),
    ]
    const session = sessionWords(back)
    const reason = [
      `${came.length} of ${plural(meant.length, 'message')} that were published in the ${seconds(backMs - fromMs)} without it came${session}`,
      ...faults,
    ].join('; ')
    // Where the broker keeps nothing, since the client did not ask for it, nobody has lost anything.
    const isNobodys = arrived < needed && least === undefined && faults.length === 1 && askedForNothing(history, back)
    if (isNobodys)
      return inconclusive(`${reason}; the client asked for no session that outlives its connection`, { window })
    return {
      result: faults.length > 0 ? 'fail' : 'pass',
      sinceMs: backMs,
      seenMs: came.length > 0 ? lastMs : null,
      window,
      reason,
    }
  },
}

function windowOf(latest: Duration | undefined, { keepaliveMs }: History): Window | null {
  if (latest === undefined) return null
  return { earliestMs: 0, latestMs: resolveDuration(latest, keepaliveMs), origin: 'scenario', source: 'scenario' }
}

interface Away {
  /** Since when nothing reached it: since a fault held, or since it lost its connection, whichever was first. */
  readonly fromMs: number
  readonly backMs: number
  readonly back: Connection
}

function awayOf(history: History): Away | string {
  const [loss] = lossesOf(history)
  if (!loss) return 'the client never lost its connection, so it was never away'
  const back = history.connections.find(
    ({ conn, establishedMs }) => conn > loss.connection.conn && establishedMs !== undefined,
  )
  if (back?.establishedMs === undefined) return 'the client never came back, so nothing could be handed to it'
  const held = history.holds.find(
    ({ fromMs, conn }) => fromMs <= loss.atMs && (conn ?? loss.connection.conn) === loss.connection.conn,
  )
  return { fromMs: Math.min(loss.atMs, held?.heldMs ?? Infinity), backMs: back.establishedMs, back }
}

function sessionWords(back: Connection): string {
  const { sessionPresent } = deliveredPackets(back, 'down', 'connack')[0]?.packet ?? {}
  return sessionPresent === undefined ? '' : ` (session present ${sessionPresent ? 1 : 0})`
}

function askedForNothing({ connections }: History, back: Connection): boolean {
  const before = connections.find(({ conn, establishedMs }) => conn < back.conn && establishedMs !== undefined)
  const { clean, protocolVersion, sessionExpiryS = 0 } = (before && connectOf(before)) ?? {}
  const outlives = protocolVersion === 5 ? sessionExpiryS > 0 : clean === false
  return !outlives || connectOf(back)?.clean === true
}

/** In the order in which they were published, 3.1.1 [MQTT-4.6.0-6], 5.0 [MQTT-4.6.0-6]; what comes twice counts by its first time. */
function outOfOrder(came: readonly Delivery[]): readonly string[] {
  const wrong = came.find(({ receivedMs }, i) => (receivedMs[0] ?? 0) < (came[i - 1]?.receivedMs[0] ?? -Infinity))
  return wrong ? [`number ${wrong.seq} came before the one that was published before it`] : []
}

function tooMany(back: Connection, { protocol }: History): readonly string[] {
  const { receiveMaximum } = connectOf(back) ?? {}
  if (protocol !== 5 || receiveMaximum === undefined) return []
  const most = mostInFlight(back)
  return most > receiveMaximum
    ? [
        `${most} were unacknowledged at once, and the Receive Maximum is ${receiveMaximum} (${clause('receiveMaximum', 5)})`,
      ]
    : []
}

/** At the broker's own edge: PUBLISH of QoS 1 and 2 that it sent, less the acknowledgements that had reached it. */
function mostInFlight(connection: Connection): number {
  const sent = sentPackets(connection, 'down', 'publish').filter(({ packet: { qos = 0 } }) => qos > 0)
  const acknowledged = [
    ...deliveredPackets(connection, 'up', 'puback'),
    ...deliveredPackets(connection, 'up', 'pubcomp'),
  ]
  const steps = [...sent.map(({ atMs }) => ({ atMs, by: 1 })), ...acknowledged.map(({ atMs }) => ({ atMs, by: -1 }))]
  // Of one moment the acknowledgement counts first: what may have been allowed was.
  steps.sort((one, other) => one.atMs - other.atMs || one.by - other.by)
  let inFlight = 0
  return steps.reduce((most, { by }) => {
    inFlight += by
    return Math.max(most, inFlight)
  }, 0)
}
