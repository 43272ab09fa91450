import { z } from 'zod'
import type { Flow } from '../../../model/flow.ts'
import type { Placed } from '../../pipe/toxic-set.ts'
import { nextDataRetry, nextSynRetry } from '../../toxics/retransmission.ts'
import type { Meeting } from '../../toxics/toxic.ts'
import { describe, type Force, type Hands } from './force.ts'

const options = z.object({ recovery: z.enum(['retransmit', 'at-once']), holds: z.enum(['everything', 'opening']) })

/** Toxiproxy keeps what is on its way; the taps keep whoever would open, and know when TCP tries again. */
export function blackholeForce({ attributes, flows }: Placed, { rttMs }: Meeting, { mark }: Hands): Force {
  const { recovery, holds } = options.parse(attributes)
  const firstLossMs = new Map<Flow, number>()
  let openedMs: number | undefined

  return {
    onItem(flow, item, nowMs) {
      if (!flows.includes(flow)) return 'pass'
      if (item.what === 'open') {
        openedMs = nowMs
        mark('touched', `held OPEN on its way ${flow}`)
        return 'wait'
      }
      // Behind an open that waits, everything waits for that.
      if (holds === 'opening' || openedMs !== undefined) return 'pass'
      mark('touched', `${item.what === 'rst' ? 'lost' : 'held'} ${describe(item)} on its way ${flow}`)
      // An RST is sent once and never again.
      if (item.what === 'rst') return 'lose'
      if (!firstLossMs.has(flow)) firstLossMs.set(flow, nowMs)
      return 'pass'
    },
    quietUntilMs(flow, nowMs) {
      const lossMs = firstLossMs.get(flow)
      return lossMs === undefined || recovery === 'at-once' ? 0 : nextDataRetry(lossMs, nowMs, rttMs)
    },
    openAtMs(nowMs) {
      if (openedMs === undefined) return undefined
      return recovery === 'at-once' ? nowMs : nextSynRetry(openedMs, nowMs)
    },
    covers: flow => holds === 'everything' && flows.includes(flow),
  }
}
