import type { Side } from '../../model/flow.ts'
import type { TrackedFlow } from './flow.ts'
import type { Reset } from './injector.ts'

/** The RST that `side` believes to be from its peer; `undefined` where the connection never got that far. */
export function resetFor(flow: TrackedFlow, side: Side, broker: string): Reset | undefined {
  const { out, in: sent } = flow.streams[side]
  const client = side === 'client' ? flow.inside : flow.outside
  // RFC 5961 §3.2: anything but the very next byte's number is only challenged.
  if (out.next === undefined || client === undefined) return undefined
  const way = side === 'client' ? { from: broker, to: client } : { from: client, to: broker }
  return { ...way, seq: out.next, ack: sent.next ?? 0 }
}
