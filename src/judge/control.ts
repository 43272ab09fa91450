import {
  type Connection,
  countAlike,
  dataDeliveredMs,
  dataSentMs,
  deliveredPackets,
  type Hold,
  sentPackets,
  unsentAt,
} from '../evidence/connection.ts'
import { requestsAt } from '../evidence/request.ts'
import { resolveDuration } from '../model/duration.ts'
import { inK } from '../text/words.ts'
import { SERVER_TIMEOUT } from '../timing/spec.ts'
import { answerMs } from '../timing/tolerance.ts'
import { whyEnded } from './checks/ending.ts'
import type { History } from './history.ts'
import { outagesOf } from './told.ts'

/** Paho C's loop goes round every 1.1 s, libmosquitto's every second (docs/ratios.md): a ping comes as much later than K. */
const LOOKS_EVERY_MS = 1100

/**
 * Every scenario's control: before the first fault the connection was healthy, else what came after proves nothing.
 * In words why it was not; `undefined` where it was, or where no fault held.
 */
export function controlOf(history: History): string | undefined {
  const connection = history.connections.find(({ establishedMs }) => establishedMs !== undefined)
  if (!connection) return `no ${history.wire.words.accepted} reached the client`
  if (connection.sealed) return sealedControlOf(history, connection)
  if (connection.undecoded) return 'the link could not read all of the connection as MQTT'
  const hold = history.holds[0]
  if (!hold) return undefined
  return (
    endedBefore(history, hold) ??
    unanswered(history, connection, hold) ??
    leftUnanswered(history, connection, hold) ??
    brokerSilent(history, connection, hold) ??
    tooSilent(history, connection, hold, sentMs(connection))
  )
}

/** Where nothing but bytes can be seen: the client said that it is connected, and the bytes went both ways. */
function sealedControlOf(history: History, connection: Connection): string | undefined {
  const [hold, ...more] = history.holds
  const silencedBy = more.length > 0 && history.scenario.client.traffic.receiving !== undefined
  if (silencedBy)
    return `the link can't read ${connection.sealed}, so which of ${history.holds.length} faults silenced the broker is not to be seen`
  if (!hold) return undefined
  return (
    endedBefore(history, hold) ??
    unechoed(history, connection, hold) ??
    tooSilent(history, connection, hold, dataSentMs(connection, 'up'))
  )
}

/** Idle, its bytes are pings, and each draws some from the broker. */
function unechoed(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const { publishing, receiving } = history.scenario.client.traffic
  const dueMs = fromMs - answerMs(history)
  const lastMs = dataDeliveredMs(connection, 'up').findLast(atMs => atMs < dueMs)
  if (publishing || receiving || lastMs === undefined) return undefined
  const echoed = dataDeliveredMs(connection, 'down').some(atMs => atMs >= lastMs && atMs < fromMs)
  return echoed ? undefined : `what the client sent ${Math.round(fromMs - lastMs)} ms before ${fault} had no answer`
}

function endedBefore(history: History, { fault, fromMs }: Hold): string | undefined {
  for (const connection of history.connections) {
    // An attempt that was never accepted is no connection that was not well.
    if (connection.establishedMs === undefined) continue
    const end = connection.ends.find(({ atMs, from }) => atMs < fromMs && from !== 'fault')
    if (!end) continue
    const why = whyEnded(history, connection, end)
    const ended = `the ${end.from} ended the connection ${Math.round(fromMs - end.atMs)} ms before ${fault} held`
    return why === undefined ? ended : `${ended}: ${why}`
  }
  return undefined
}

/** 3.1.1 and 5.0 [MQTT-3.12.4-1]: the server must answer a PINGREQ. */
function unanswered(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const dueMs = fromMs - answerMs(history)
  const asked = countAlike(deliveredPackets(connection, 'up', 'pingreq').filter(({ atMs }) => atMs < dueMs))
  const answered = countAlike(deliveredPackets(connection, 'down', 'pingresp').filter(({ atMs }) => atMs < fromMs))
  return answered < asked ? `${asked - answered} of ${asked} PINGREQ before ${fault} had no PINGRESP` : undefined
}

/**
 * The same of a ping that the fault came too close upon: the broker's own end of the link shows whether the broker ever answered,
 * whatever became of the answer on its way.
 */
function leftUnanswered(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const { wire, protocol, keepaliveMs } = history
  const asked = requestsAt(connection, 'broker').filter(
    ({ at }) => wire.pings.includes(at.packet.cmd) && at.atMs < fromMs,
  )
  const endMs = connection.ends.find(({ edge }) => edge === 'broker')?.atMs ?? Infinity
  const waitMs = answerMs(history)
  const missed = asked.filter(({ at, answeredMs }) => {
    const outage = outagesOf(history).find(({ untilMs }) => untilMs >= at.atMs)
    // The answer may stand in the broker's kernel, behind what the client did not acknowledge any more.
    if (unsentAt(connection, 'broker', history.endMs).some(held => held.atMs >= at.atMs)) return false
    return answeredMs === undefined && Math.min(outage?.fromMs ?? Infinity, endMs, history.endMs) >= at.atMs + waitMs
  })
  if (missed.length === 0) return undefined
  const [left, all] = [missed, asked].map(requests => countAlike(requests.map(({ at }) => at)))
  const which = `${left} of ${all} ${wire.words.ping} that reached it before ${fault}`
  return `the broker never answered ${which} (${wire.rules(protocol, keepaliveMs).answered})`
}

/** Where both sides speak by themselves, so does the broker. */
function brokerSilent(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const { wire, keepaliveMs } = history
  const { establishedMs } = connection
  if (!wire.beat || keepaliveMs === 0 || establishedMs === undefined) return undefined
  const heardMs = [establishedMs, ...deliveredPackets(connection, 'down').map(({ atMs }) => atMs), fromMs].filter(
    atMs => atMs >= establishedMs && atMs <= fromMs,
  )
  const mostMs = resolveDuration(wire.beat, keepaliveMs) + answerMs(history)
  const gap = heardMs.find((atMs, i) => atMs - (heardMs[i - 1] ?? atMs) > mostMs)
  if (gap === undefined) return undefined
  return `the broker sent nothing for longer than ${inK(mostMs, keepaliveMs)} before ${fault}, though it owed a ${wire.words.ping} (${wire.rules(history.protocol, keepaliveMs).answered})`
}

/**
 * A client that pings as it should is never silent for longer than K (3.1.1 [MQTT-3.1.2-23], 5.0 [MQTT-3.1.2-20]): one that was is
 * not well, and its silence after the fault proves nothing. What it sends decides, not what the scenario asks of it: a program may
 * publish by itself. A client that never pings is meant to be silent.
 */
function tooSilent(
  history: History,
  { establishedMs }: Connection,
  { fault, fromMs }: Hold,
  sentMs: readonly number[],
): string | undefined {
  const { keepaliveMs, pings } = history
  if (keepaliveMs === 0 || establishedMs === undefined || !pings) return undefined
  const saidMs = sentMs.filter(atMs => atMs > establishedMs && atMs < fromMs)
  const gaps = [...saidMs, fromMs].map((toMs, i) => ({ toMs, forMs: toMs - (saidMs[i - 1] ?? establishedMs) }))
  const dueMs = keepaliveMs + answerMs(history)
  // A library may look at the clock a second late; no later than when the broker may drop it.
  const mostMs = Math.max(dueMs, Math.min(dueMs + LOOKS_EVERY_MS, resolveDuration(SERVER_TIMEOUT, keepaliveMs)))
  const gap = gaps.find(({ forMs }) => forMs > mostMs)
  if (!gap) return undefined
  const where = gap.toMs === fromMs ? `before ${fault}` : `up to ${Math.round(fromMs - gap.toMs)} ms before ${fault}`
  return `the client sent nothing for ${inK(gap.forMs, keepaliveMs)} ${where}, though a ${history.wire.words.ping} was due after 1K`
}

const sentMs = (connection: Connection): readonly number[] => sentPackets(connection, 'up').map(({ atMs }) => atMs)
