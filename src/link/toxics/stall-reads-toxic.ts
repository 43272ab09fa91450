import { z } from 'zod'
import { FLOWS } from '../../model/flow.ts'
import type { Toxic, ToxicRun } from './toxic.ts'

const options = z.strictObject({})

/**
 * Nobody reads any more: a program that hangs, a proxy whose own way on is blocked. The sender's kernel still has its bytes
 * acknowledged, until the reader's buffer is full; then the window is zero and they pile up in its own. What was read before is held.
 */
function start(): ToxicRun {
  let isFirst = true
  return {
    onItem: (flow, item) => [{ do: 'hold', flow, item }],
    onWake() {
      const rulings = isFirst ? FLOWS.map(flow => ({ do: 'stall', flow }) as const) : []
      isFirst = false
      return rulings
    },
  }
}

export const stallReads: Toxic = {
  name: 'stall-reads',
  summary: 'what a peer sends is not read: its own buffer fills, and its writes block',
  options,
  start,
}
