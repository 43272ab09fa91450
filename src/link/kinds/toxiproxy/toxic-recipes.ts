/**
 * Our toxics in terms of Toxiproxy's own. Measured on 2.12 (docs/containers.md):
 *
 * - `timeout`, `limit_data` and `enabled: false` send FIN to somebody, so none of them makes a half-open link. What
 *   does is `latency` of an hour and behind it `slow_close` of an hour, in each direction: the first keeps the bytes,
 *   the second the FIN. Taken away in reverse, what was kept goes out in order and the connection lives.
 * - `latency` alone delays no FIN, so a delay is the same pair.
 */
import { z } from 'zod'
import type { LinkOrder } from '../../../faults/fault.ts'
import type { RealToxic } from './api.ts'

/** Longer than any run on real sockets. */
const FOR_EVER_MS = 3_600_000

const latency = (latencyMs: number, jitterMs: number): readonly RealToxic[] => [
  { type: 'latency', attributes: { latency: Math.round(latencyMs), jitter: Math.round(jitterMs) } },
  { type: 'slow_close', attributes: { delay: Math.round(latencyMs) } },
]

/** Bytes, FIN and what follows an RST stay in Toxiproxy until it is taken away, last one first. */
export const BLACKHOLE: readonly RealToxic[] = latency(FOR_EVER_MS, 0)

const delay = z.object({ latencyMs: z.number(), jitterMs: z.number() })
const bandwidth = z.object({ bytesPerS: z.number() })
const slice = z.object({ averageBytes: z.number(), variationBytes: z.number(), delayMs: z.number() })
const blackhole = z.object({ holds: z.string().default('everything') })

/** In order of adding. Empty where the taps do all of it: who may open, and who was idle too long. */
export function realToxics(toxic: string, attributes: unknown): readonly RealToxic[] {
  switch (toxic) {
    case 'blackhole':
      return blackhole.parse(attributes).holds === 'everything' ? BLACKHOLE : []
    case 'delay': {
      const { latencyMs, jitterMs } = delay.parse(attributes)
      return latency(latencyMs, jitterMs)
    }
    case 'bandwidth':
      return [{ type: 'bandwidth', attributes: { rate: bandwidth.parse(attributes).bytesPerS / 1000 } }]
    case 'slice': {
      const { averageBytes, variationBytes, delayMs } = slice.parse(attributes)
      const size = { average_size: averageBytes, size_variation: variationBytes }
      return [{ type: 'slicer', attributes: { ...size, delay: Math.round(delayMs * 1000) } }]
    }
    case 'idle-cut':
      return []
    default:
      throw new Error(`Toxiproxy has nothing for ${toxic}`)
  }
}

/** Why Toxiproxy can't carry out this very order, though it can others of its kind. */
export function refusal(order: LinkOrder): string | undefined {
  if (order.do !== 'add' || order.toxic !== 'bandwidth') return undefined
  const { bytesPerS } = bandwidth.parse(order.attributes)
  return bytesPerS % 1000 === 0
    ? undefined
    : `Toxiproxy's bandwidth is in whole kilobytes a second, not ${bytesPerS} bytes`
}
