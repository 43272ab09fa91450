/**
 * What a client sends and wants an answer to, and when the answer came: it tells a client that gave up on a silent broker from
 * one that just closed. Pure: read off the packets at one edge of the link.
 */
import type { PacketName, PacketSummary } from '../model/event.ts'
import type { Side } from '../model/flow.ts'
import type { Connection, PacketAt } from './connection.ts'

export interface Request {
  /** As it was seen at that edge. */
  readonly at: PacketAt
  /** When the answer was seen at the same edge; `undefined`: never. */
  readonly answeredMs: number | undefined
}

/** MQTT 3.1.1 and 5.0 §3.12 (PINGREQ), §3.8, §3.10, §4.3.3 (QoS 2, both ways). */
const ANSWERS: Readonly<Partial<Record<string, PacketName>>> = {
  pingreq: 'pingresp',
  subscribe: 'suback',
  unsubscribe: 'unsuback',
  pubrec: 'pubrel',
  pubrel: 'pubcomp',
}

/** What the broker answers it with; `undefined`: nothing. §4.3.1: a PUBLISH of QoS 0 wants none. */
export function answerTo({ cmd, qos, code = 0 }: PacketSummary): PacketName | undefined {
  if (cmd === 'publish') return qos === 1 ? 'puback' : qos === 2 ? 'pubrec' : undefined
  // MQTT 5.0 §3.5.2.1: a PUBREC that refuses the message ends the exchange.
  return cmd === 'pubrec' && code >= 0x80 ? undefined : ANSWERS[cmd]
}

const keyOf = (answer: PacketSummary['cmd'], { messageId = 0 }: PacketSummary): string => `${answer} ${messageId}`

/**
 * All requests of the client that were seen at `edge`, in order: at the client's edge with the answers as the client got them, at
 * the broker's edge as the broker got the requests and gave the answers. A PINGRESP answers every PINGREQ before it, as clients
 * take it.
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
