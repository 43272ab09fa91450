/**
 * One time that a middlebox forgot a connection of a client, and what came of it for both peers: the raw material of a story.
 */

import { type Connection, deliveredPackets, type Hold, type PacketAt, sentPackets } from '../../evidence/connection.ts'
import { faults } from '../../faults/index.ts'
import type { History } from '../../judge/history.ts'
import { brokerClosedMs, brokerTold, clientTold } from '../../judge/told.ts'
import { FLOWS, type Flow } from '../../model/flow.ts'

/** A packet that was sent after the flow was forgotten. */
export interface Fate {
  readonly flow: Flow
  readonly sent: PacketAt
  /** Where it left the link; `undefined`: never. */
  readonly deliveredMs: number | undefined
  /** Its sender was answered with an RST there and then. */
  readonly answeredRst: boolean
}

/** How a peer came to know that the connection was lost. */
export interface Knowing {
  readonly atMs: number
  /** `undefined`: by its own clock. */
  readonly by: string | undefined
}

export interface Episode {
  readonly hold: Hold
  readonly connection: Connection
  readonly lastPacket: PacketAt | undefined
  readonly fates: readonly Fate[]
  readonly client: Knowing | undefined
  readonly broker: Knowing | undefined
  /** The flow was opened again by what the client sent, and both go on as if nothing had been. */
  readonly healedMs: number | undefined
  /** The client's next connection. */
  readonly again: Connection | undefined
  /** When the next episode begins, or the run ends. */
  readonly untilMs: number
}

/** In order of time. Holds of connections that were never established are left out. */
export function episodesOf(history: History): readonly Episode[] {
  const holds = history.holds.filter(({ fault, conn }) => conn !== undefined && isIdleCut(fault))
  return holds.flatMap((hold, index) => {
    const connection = history.connections.find(({ conn }) => conn === hold.conn)
    if (connection?.establishedMs === undefined) return []
    return [episode(history, hold, connection, holds[index + 1]?.heldMs ?? history.endMs)]
  })
}

/** `idle-cut#0`: of a middlebox that forgets what is silent. */
const isIdleCut = (fault: string): boolean => faults.get(fault.split('#')[0] ?? '')?.idleAfter !== undefined

function episode(history: History, hold: Hold, connection: Connection, untilMs: number): Episode {
  const { heldMs } = hold
  const fates = FLOWS.flatMap(flow => fatesOf(connection, flow, heldMs, untilMs)).toSorted(byDate)
  const told = clientTold(connection)
  const lost = connection.ends.find(({ edge, atMs }) => edge === 'client' && atMs >= heldMs)
  const broker = brokerKnowing(history, connection, heldMs)
  const healed = fates.find(({ flow, deliveredMs }) => flow === 'up' && deliveredMs !== undefined)
  return {
    hold,
    connection,
    lastPacket: connection.packets.findLast(({ atMs }) => atMs < heldMs),
    fates,
    client: lost && { atMs: lost.atMs, by: lost.from === 'client' ? undefined : ends(lost, told?.by) },
    broker,
    healedMs: lost || broker ? undefined : healed?.deliveredMs,
    again: history.connections.find(({ conn, establishedMs }) => conn > connection.conn && establishedMs !== undefined),
    untilMs,
  }
}

const byDate = (a: Fate, b: Fate): number => a.sent.atMs - b.sent.atMs

function ends({ what, from }: { what: string; from: string }, by: string | undefined): string {
  if (from === 'fault') return `an ${what.toUpperCase()}`.replace('an FIN', 'a FIN')
  return by ?? `the ${from}'s ${what.toUpperCase()}`
}

/** TCP keeps the order: the n-th packet that was sent is the n-th that arrives, or it never does. */
function fatesOf(connection: Connection, flow: Flow, heldMs: number, untilMs: number): readonly Fate[] {
  const delivered = deliveredPackets(connection, flow)
  return sentPackets(connection, flow).flatMap((sent, index) => {
    if (sent.atMs < heldMs || sent.atMs >= untilMs) return []
    const deliveredMs = delivered[index]?.atMs
    const rst = connection.ends.find(
      end =>
        end.what === 'rst' &&
        end.from === 'fault' &&
        end.edge === sent.edge &&
        Math.abs(end.atMs - sent.atMs) < TOGETHER_MS,
    )
    return [{ flow, sent, deliveredMs, answeredRst: deliveredMs === undefined && rst !== undefined }]
  })
}

/** An answer of the link's own follows at once; on real sockets within a few milliseconds. */
const TOGETHER_MS = 20

function brokerKnowing(history: History, connection: Connection, heldMs: number): Knowing | undefined {
  const closedMs = brokerClosedMs(history, connection)
  const told = brokerTold(history, connection)
  const fault = connection.ends.find(({ edge, from, atMs }) => edge === 'broker' && from === 'fault' && atMs >= heldMs)
  const candidates: Knowing[] = [
    // Of two at the same moment, the one that told is the cause.
    ...(fault ? [{ atMs: fault.atMs, by: ends(fault, undefined) }] : told ? [{ atMs: told.atMs, by: told.by }] : []),
    ...(closedMs === undefined ? [] : [{ atMs: closedMs, by: undefined }]),
  ]
  return candidates.toSorted((a, b) => a.atMs - b.atMs).find(({ atMs }) => atMs >= heldMs)
}
