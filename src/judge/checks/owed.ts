/**
 * What the broker owes the client of the messages that came for it: those that a subscription of its session was for, at the QoS
 * that it was given.
 *
 * - Before the client's SUBACK there is no subscription. §3.8.4 of 3.1.1 and 5.0.
 * - A session that ends with its connection (3.1.1 [MQTT-3.1.2-6], MQTT 5.0 §3.1.2.11.2) takes with it what has not been delivered.
 *
 * What the link can't read is owed.
 */
import { type Connection, connectOf, deliveredPackets, sentPackets } from '../../evidence/connection.ts'
import type { Qos } from '../../model/scenario.ts'
import type { History } from '../history.ts'

/** A message that is published so long before the end of its session is delivered at once where all is well. */
const AT_ONCE_MS = 1000

/** `undefined`: the client never subscribed, so nothing is. */
export function owedTo(history: History): ((publishedMs: number) => boolean) | undefined {
  const { connections, holds } = history
  if (connections.some(({ sealed, undecoded }) => sealed || undecoded)) return () => true
  const established = connections.filter(({ establishedMs }) => establishedMs !== undefined)
  if (!established.some(({ packets }) => packets.some(({ packet }) => packet.cmd === 'subscribe'))) return undefined
  const faultMs = holds[0]?.fromMs ?? Infinity
  const spans = established.map((each, i) => sessionOf(each, established[i + 1]))
  return atMs =>
    spans.some(({ fromMs, toMs }) => {
      // Until the fault all was well, and what came then was not on its way any more when the session ended.
      const isSafe = Math.min(faultMs, toMs) >= atMs + AT_ONCE_MS
      return fromMs <= atMs && (toMs === Infinity || isSafe)
    })
}

/** From its first subscription to the end of the session: with its connection, or never. */
function sessionOf(connection: Connection, next: Connection | undefined): { fromMs: number; toMs: number } {
  const fromMs = sentPackets(connection, 'down', 'suback')[0]?.atMs ?? Infinity
  const goesOn = outlivesConnection(connection) && (next === undefined || connectOf(next)?.clean === false)
  return { fromMs, toMs: goesOn ? Infinity : (connection.ends[0]?.atMs ?? Infinity) }
}

function outlivesConnection(connection: Connection): boolean {
  const { clean = true, protocolVersion, sessionExpiryS = 0 } = connectOf(connection) ?? {}
  return protocolVersion === 5 ? sessionExpiryS > 0 : !clean
}

/** The QoS at which its messages came down: the broker may grant less than was asked for, §3.9.3. */
export function grantedQos({ connections }: History, asked: Qos): Qos {
  const seen = connections.flatMap(connection => deliveredPackets(connection, 'down', 'publish'))
  const highest = seen.reduce<Qos>((most, { packet: { qos = 0 } }) => (qos > most ? qos : most), 0)
  return seen.length > 0 && highest < asked ? highest : asked
}
