import type { History } from '../checks/history.ts'
import { inK } from '../checks/words.ts'
import { type Connection, dataDeliveredMs, dataSentMs, deliveredPackets, sentPackets } from '../evidence/connection.ts'
import type { Hold } from '../evidence/hold.ts'
import { roundTripMs } from '../timing/tolerance.ts'

/** How long before the fault a PINGREQ must have reached the broker for its answer to be missed. */
const ANSWER_MS = 1000

/**
 * Every scenario's control: before the first fault the connection was healthy, else what came after proves nothing.
 * In words why it was not; `undefined` where it was, or where no fault held.
 */
export function controlOf(history: History): string | undefined {
  const connection = history.connections.find(({ establishedMs }) => establishedMs !== undefined)
  if (!connection) return 'no CONNACK reached the client'
  if (connection.sealed) return sealedControlOf(history, connection)
  if (connection.undecoded) return 'the link could not read all of the connection as MQTT'
  const hold = history.holds[0]
  if (!hold) return undefined
  return endedBefore(history, hold) ?? unanswered(history, connection, hold) ?? neverPinged(history, connection, hold)
}

/** Where nothing but bytes can be seen: the client said that it is connected, and the bytes went both ways. */
function sealedControlOf(history: History, connection: Connection): string | undefined {
  const [hold, ...more] = history.holds
  const silencedBy = more.length > 0 && history.scenario.client.traffic.receiving !== undefined
  if (silencedBy)
    return `the link can't read ${connection.sealed}, so which of ${history.holds.length} faults silenced the broker is not to be seen`
  if (!hold) return undefined
  return endedBefore(history, hold) ?? unechoed(history, connection, hold) ?? neverSpoke(history, connection, hold)
}

/** Idle, its bytes are pings, and each draws some from the broker. */
function unechoed(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const { publishing, receiving } = history.scenario.client.traffic
  const dueMs = fromMs - ANSWER_MS - roundTripMs(history.scenario, history.keepaliveMs)
  const lastMs = dataDeliveredMs(connection, 'up').findLast(atMs => atMs < dueMs)
  if (publishing || receiving || lastMs === undefined) return undefined
  const echoed = dataDeliveredMs(connection, 'down').some(atMs => atMs >= lastMs && atMs < fromMs)
  return echoed ? undefined : `what the client sent ${Math.round(fromMs - lastMs)} ms before ${fault} had no answer`
}

function endedBefore({ connections }: History, { fault, fromMs }: Hold): string | undefined {
  const end = connections.flatMap(({ ends }) => ends).find(({ atMs, from }) => atMs < fromMs && from !== 'fault')
  return end && `the ${end.from} ended the connection ${Math.round(fromMs - end.atMs)} ms before ${fault} held`
}

/** 3.1.1 and 5.0 [MQTT-3.12.4-1]: the server must answer a PINGREQ. */
function unanswered(history: History, connection: Connection, { fault, fromMs }: Hold): string | undefined {
  const dueMs = fromMs - ANSWER_MS - roundTripMs(history.scenario, history.keepaliveMs)
  const asked = deliveredPackets(connection, 'up', 'pingreq').filter(({ atMs }) => atMs < dueMs).length
  const answered = deliveredPackets(connection, 'down', 'pingresp').filter(({ atMs }) => atMs < fromMs).length
  return answered < asked ? `${asked - answered} of ${asked} PINGREQ before ${fault} had no PINGRESP` : undefined
}

/** The silent client is meant not to; another one that is idle has shown that it pings, or its silence proves nothing. */
function neverPinged(history: History, connection: Connection, hold: Hold): string | undefined {
  const idleMs = idleTooLongMs(history, connection, hold)
  const pinged = sentPackets(connection, 'up', 'pingreq').some(({ atMs }) => atMs < hold.fromMs)
  return idleMs === undefined || pinged
    ? undefined
    : `the client was idle for ${inK(idleMs, history.keepaliveMs)} before ${hold.fault} and never sent a PINGREQ`
}

function neverSpoke(history: History, connection: Connection, hold: Hold): string | undefined {
  const { establishedMs = hold.fromMs } = connection
  const idleMs = idleTooLongMs(history, connection, hold)
  const spoke = dataSentMs(connection, 'up').some(atMs => atMs > establishedMs && atMs < hold.fromMs)
  return idleMs === undefined || spoke
    ? undefined
    : `the client was idle for ${inK(idleMs, history.keepaliveMs)} before ${hold.fault} and never sent a byte`
}

/** How long an idle client was connected before the fault, where that was long enough for a ping. */
function idleTooLongMs(history: History, { establishedMs }: Connection, { fromMs }: Hold): number | undefined {
  const { scenario, keepaliveMs } = history
  const { name, traffic } = scenario.client
  const idleMs = fromMs - (establishedMs ?? fromMs)
  const due = keepaliveMs > 0 && idleMs > keepaliveMs + ANSWER_MS + roundTripMs(scenario, keepaliveMs)
  return due && name !== 'silent' && !traffic.publishing && !traffic.receiving ? idleMs : undefined
}
