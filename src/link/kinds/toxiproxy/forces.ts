import { z } from 'zod'
import type { Flow } from '../../../model/flow.ts'
import type { Placed } from '../../pipe/toxic-set.ts'
import { nextDataRetry, nextSynRetry } from '../../toxics/retransmission.ts'
import type { Meeting } from '../../toxics/toxic.ts'
import { describe, type Force, type Hands } from './force.ts'
import { idleForce } from './idle-force.ts'

export function forceOf(placed: Placed, meeting: Meeting, hands: Hands): Force {
  switch (placed.toxic.name) {
    case 'blackhole':
      return blackholeForce(placed, meeting, hands)
    case 'idle-cut':
      return idleForce(placed, meeting, hands)
    default:
      return witness(placed, hands)
  }
}

/** Toxiproxy does all of it; the taps only see that there was something to do it to. */
function witness({ toxic, flows }: Placed, { mark }: Hands): Force {
  return {
    onItem(flow, item) {
      if (item.what === 'bytes' && flows.includes(flow))
        mark('touched', `${toxic.name} on ${describe(item)} on its way ${flow}`)
      return 'pass'
    },
    covers: () => false,
  }
}

const options = z.object({ recovery: z.enum(['retransmit', 'at-once']), holds: z.enum(['everything', 'opening']) })

/** Toxiproxy keeps what is on its way; the taps keep whoever would open, and know when TCP tries again. */
function blackholeForce({ attributes, flows }: Placed, { rttMs }: Meeting, { mark }: Hands): Force {
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
