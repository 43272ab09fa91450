/**
 * The path is gone and nobody is told.
 *
 * On a dead path TCP keeps what it could not deliver and tries again, so bytes and FIN are held, never dropped, and go
 * out in order once the path is back: at the sender's next retransmission (`retransmit`) or at once (`at-once`).
 * An `open` is a SYN and has its own, slower ladder. An RST is sent once and never again, so in here it is lost: its
 * sender has forgotten the connection, and answers with another RST if a packet of it ever gets through (the
 * connection sees to that, see link/pipe/relayed-connection.ts).
 */
import { z } from 'zod'
import type { Flow } from '../../model/flow.ts'
import { nextDataRetry, nextSynRetry } from './retransmission.ts'
import { type Item, type Meeting, type Ruling, stepOf, type Toxic, type ToxicRun } from './toxic.ts'

const options = z.strictObject({
  recovery: z.enum(['retransmit', 'at-once']),
  /**
   * `opening`: holds only connections that are not yet open, for their handshake needs both directions. `answers`: lets the handshake of
   * TLS and the upgrade to a WebSocket through, without which no packet comes that could be answered.
   */
  holds: z.enum(['everything', 'opening', 'answers']).default('everything'),
})
type Attributes = z.infer<typeof options>

interface Loss {
  readonly atMs: number
  readonly what: Item['what']
}

const isBelowPackets = (item: Item): boolean =>
  stepOf(item) === 'agreed' || (item.what === 'bytes' && item.bytes.toString('latin1', 0, 5) === 'HTTP/')

function start({ recovery, holds }: Attributes, meeting: Meeting): ToxicRun {
  const firstLoss = new Map<Flow, Loss>()

  const onItem = (flow: Flow, item: Item, nowMs: number): Ruling[] => {
    const opening = item.what === 'open' || firstLoss.get(flow)?.what === 'open'
    if (holds === 'opening' && !opening) return [{ do: 'pass', flow, item, afterMs: 0 }]
    if (holds === 'answers' && !firstLoss.has(flow) && isBelowPackets(item))
      return [{ do: 'pass', flow, item, afterMs: 0 }]
    if (item.what === 'rst') return [{ do: 'drop', flow, item }]
    if (!firstLoss.has(flow)) firstLoss.set(flow, { atMs: nowMs, what: item.what })
    return [{ do: 'hold', flow, item }]
  }

  const lingerMs = (flow: Flow, nowMs: number): number => {
    const loss = firstLoss.get(flow)
    if (!loss || recovery === 'at-once') return 0
    const retryMs =
      loss.what === 'open' ? nextSynRetry(loss.atMs, nowMs) : nextDataRetry(loss.atMs, nowMs, meeting.rttMs)
    return retryMs - nowMs
  }

  return { onItem, lingerMs }
}

export const blackhole: Toxic<Attributes> = {
  name: 'blackhole',
  summary: 'holds bytes and FIN, loses RST; when lifted, what is held goes out in order',
  options,
  start,
}
