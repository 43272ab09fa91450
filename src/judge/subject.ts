/**
 * Which connection and which fault a detection is about: questions that several checks put to a history.
 */
import { type Connection, dataDeliveredMs, deliveredPackets, type PacketAt } from '../evidence/connection.ts'
import type { Hold } from '../evidence/hold.ts'
import { roundTripMs, schedulingMs } from '../timing/tolerance.ts'
import type { History } from './history.ts'

/** The connection that the fault found alive; without any fault the first. A string says why there is none. */
export function connectionUnderTest(history: History): Connection | string {
  const established = history.connections.filter(({ establishedMs }) => establishedMs !== undefined)
  const first = established[0]
  if (!first) return 'no CONNACK reached the client'
  const met = history.holds.map(hold => ({ hold, connection: connectionAt(hold, established) }))
  // A reset or a close is no silence to detect: where there is another fault too, that one is meant.
  const silent = met.find(({ connection }) => connection && !connection.ends.some(({ from }) => from === 'fault'))
  const chosen = silent ?? met[0]
  if (!chosen) return first
  return chosen.connection ?? `no live connection when ${chosen.hold.fault} held`
}

function connectionAt(hold: Hold, established: readonly Connection[]): Connection | undefined {
  if (hold.conn !== undefined) return established.find(({ conn }) => conn === hold.conn)
  return established.find(
    ({ establishedMs = Infinity, ends }) =>
      establishedMs <= hold.heldMs && !ends.some(({ atMs }) => atMs < hold.fromMs),
  )
}

/** The broker's word that it is there. What it publishes is none: clients may not count it (MQTT.js #1861). */
export const isAnswer = ({ packet }: PacketAt): boolean => packet.cmd !== 'publish'

/** When the broker's word reached the client. Of a sealed connection any bytes may be one. */
export const answeredMs = (connection: Connection): readonly number[] =>
  connection.sealed
    ? dataDeliveredMs(connection, 'down')
    : deliveredPackets(connection, 'down')
        .filter(isAnswer)
        .map(({ atMs }) => atMs)

/** Of several faults, the one that silenced the broker: the first after which no answer came any more, else the last. */
export function holdBehind(history: History, connection: Connection, beforeMs: number): Hold | undefined {
  const inFlightMs = schedulingMs() + roundTripMs(history.scenario, history.keepaliveMs)
  const { conn } = connection
  const answersMs = answeredMs(connection)
  const met = history.holds.filter(hold => (hold.conn ?? conn) === conn && hold.fromMs <= beforeMs)
  return met.find(({ heldMs }) => !answersMs.some(atMs => atMs > heldMs + inFlightMs)) ?? met.at(-1)
}
