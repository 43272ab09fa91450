import type { PacketAt } from '../../evidence/connection.ts'
import type { Middlebox } from '../../faults/middleboxes/middlebox.ts'
import type { History } from '../../judge/history.ts'
import { formatMs } from '../../model/duration.ts'
import { seconds } from '../../text/words.ts'
import type { Episode, Fate, Knowing } from './episode.ts'

/** One thing that happened, in words. */
export interface Beat {
  readonly atMs: number
  readonly who: 'client' | 'broker' | 'middlebox' | 'others'
  readonly text: string
}

/** What happened in one episode, in order of time, from the connection to the next one. */
export function beatsOf(
  episode: Episode,
  { keepaliveMs, peers }: History,
  box: Middlebox,
  shownAfterMs: number,
): readonly Beat[] {
  const { connection, hold, fates, client, broker, again, lastPacket, untilMs } = episode
  const fromMs = connection.establishedMs ?? 0
  const overMs = again?.establishedMs ?? healedAt(episode) ?? untilMs
  const wills = peers.filter(({ what, atMs }) => what === 'will' && atMs >= fromMs && atMs < Math.max(overMs, untilMs))
  const beats: Beat[] = [
    { atMs: fromMs, who: 'client', text: `is connected, with a keep-alive of ${formatMs(keepaliveMs)}` },
    ...(lastPacket && lastPacket.atMs > fromMs
      ? [
          {
            atMs: lastPacket.atMs,
            who: sender(lastPacket),
            text: `sends the last packet before the silence (${nameOf(lastPacket)})`,
          } as const,
        ]
      : []),
    { atMs: hold.heldMs, who: 'middlebox', text: expiry(box, shownAfterMs) },
    ...published(episode, peers),
    ...fates.filter(fate => fate.sent.atMs <= overMs).map(fate => sending(fate, episode)),
    ...knowing('broker', broker, 'client'),
    ...knowing('client', client, 'connection'),
    ...wills
      .slice(0, 1)
      .map(({ atMs }): Beat => ({ atMs, who: 'others', text: 'are told by the will that the client is offline' })),
    ...(again?.establishedMs === undefined
      ? []
      : [{ atMs: again.establishedMs, who: 'client', text: 'is connected again, by a new connection' } as const]),
  ]
  return beats.filter(({ atMs }) => atMs <= Math.max(overMs, hold.heldMs)).toSorted((a, b) => a.atMs - b.atMs)
}

/** When all that was stuck has arrived, and both go on as if nothing had been. */
function healedAt({ healedMs, fates }: Episode): number | undefined {
  if (healedMs === undefined) return undefined
  const stuck = fates.filter(({ sent }) => sent.atMs <= healedMs + LATE_MS)
  return Math.max(healedMs, ...stuck.map(({ deliveredMs }) => deliveredMs ?? 0))
}

const sender = ({ flow }: PacketAt): 'client' | 'broker' => (flow === 'up' ? 'client' : 'broker')

const nameOf = ({ packet }: PacketAt): string => packet.cmd.toUpperCase()

function expiry({ onExpiry }: Middlebox, afterMs: number): string {
  const forgets = `forgets the flow after ${formatMs(afterMs)} of silence`
  if (onExpiry === 'silent') return `${forgets} and tells nobody`
  return onExpiry === 'rst-both' ? `${forgets} and sends an RST to both` : `${forgets} and closes both ends (FIN)`
}

function sending({ flow, sent, deliveredMs, answeredRst }: Fate, { healedMs }: Episode): Beat {
  const who = flow === 'up' ? 'client' : 'broker'
  const what = `sends ${nameOf(sent)}`
  const tell = (text: string): Beat => ({ atMs: sent.atMs, who, text: `${what}: ${text}` })
  if (deliveredMs === undefined) {
    return tell(answeredRst ? 'answered with an RST' : 'it vanishes')
  }
  const lateMs = deliveredMs - sent.atMs
  if (lateMs > LATE_MS) return tell(`stuck, and arrives ${seconds(lateMs)} later`)
  return tell(flow === 'up' && deliveredMs === healedMs ? 'it gets through and opens the flow again' : 'it arrives')
}

/** Longer than any latency here: TCP had to send it again. */
const LATE_MS = 1000

function published({ untilMs, hold, again, fates }: Episode, peers: History['peers']): readonly Beat[] {
  const untilSeen = Math.min(again?.establishedMs ?? untilMs, untilMs)
  const onTheWire = (atMs: number) =>
    fates.some(({ sent }) => sent.packet.cmd === 'publish' && Math.abs(sent.atMs - atMs) < LATE_MS)
  return peers.flatMap((peer): Beat[] => {
    if (peer.what !== 'published' || peer.atMs < hold.heldMs || peer.atMs > untilSeen || onTheWire(peer.atMs)) return []
    const received = peers.find(({ what, flow, seq }) => what === 'received' && flow === peer.flow && seq === peer.seq)
    const fate = received ? `which arrives ${seconds(received.atMs - peer.atMs)} later` : 'which never arrives'
    return [
      {
        atMs: peer.atMs,
        who: peer.flow === 'down' ? 'others' : 'client',
        text: `${peer.flow === 'down' ? 'publish' : 'publishes'} message ${peer.seq ?? ''}, ${fate}`,
      },
    ]
  })
}

function knowing(who: 'client' | 'broker', known: Knowing | undefined, of: 'client' | 'connection'): readonly Beat[] {
  if (!known) return []
  const { atMs, by } = known
  const gaveUp = of === 'client' ? 'times the client out: no packet for 1.5K' : 'gives the connection up: no PINGRESP'
  return [{ atMs, who, text: by === undefined ? gaveUp : `learns from ${by} that the connection is over` }]
}
