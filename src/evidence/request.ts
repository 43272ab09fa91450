/**
 * What a client sends and wants an answer to, and when the answer came: it tells a client that gave up on a silent broker from
 * one that just closed. Pure: read off the packets at one edge of the link.
 */
import { wireOf } from '../dialects/index.ts'
import type { PacketSummary } from '../model/event.ts'
import type { Side } from '../model/flow.ts'
import type { Connection, PacketAt } from './connection.ts'

export interface Request {
  /** As it was seen at that edge. */
  readonly at: PacketAt
  /** When the answer was seen at the same edge; `undefined`: never. */
  readonly answeredMs: number | undefined
}

/** What the broker answers it with; `undefined`: nothing. */
export const answerTo = (packet: PacketSummary): PacketSummary['cmd'] | undefined => wireOf(packet).answerTo(packet)

const keyOf = (answer: PacketSummary['cmd'], { messageId = 0 }: PacketSummary): string => `${answer} ${messageId}`

/**
 * All requests of the client that were seen at `edge`, in order: at the client's edge with the answers as the client got them, at
 * the broker's edge as the broker got the requests and gave the answers. A PINGRESP answers every PINGREQ before it, as clients
 * take it, and a pong every ping (RFC 6455 §5.5.3).
 */
export function requestsAt({ packets }: Connection, edge: Side): readonly Request[] {
  const requests: { at: PacketAt; answeredMs: number | undefined }[] = []
  const waiting = new Map<string, typeof requests>()
  for (const at of packets) {
    if (at.edge !== edge) continue
    if (at.flow === 'down') {
      const key = keyOf(at.packet.cmd, at.packet)
      for (const request of waiting.get(key) ?? []) request.answeredMs = at.atMs
      waiting.delete(key)
      continue
    }
    const answer = answerTo(at.packet)
    if (answer === undefined) continue
    const request = { at, answeredMs: undefined }
    const key = keyOf(answer, at.packet)
    requests.push(request)
    const others = waiting.get(key)
    if (others) others.push(request)
    else waiting.set(key, [request])
  }
  return requests
}

/** Those that were sent before `atMs` and had no answer before it: one that comes at that very moment comes too late to matter. */
export const unansweredAt = (requests: readonly Request[], atMs: number): readonly Request[] =>
  requests.filter(({ at, answeredMs }) => at.atMs < atMs && (answeredMs === undefined || answeredMs >= atMs))
