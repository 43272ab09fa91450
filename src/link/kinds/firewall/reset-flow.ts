import type { Side } from '../../../model/flow.ts'
import type { Reset } from './executor.ts'
import type { ForceContext } from './firewall-force.ts'
import type { TrackedFlow } from './tracked-flow.ts'

/** The RST that `side` believes to be from its peer; `undefined` where the connection never got that far. */
export function resetFor(flow: TrackedFlow, side: Side, broker: string): Reset | undefined {
  const { out, in: sent } = flow.streams[side]
  const client = side === 'client' ? flow.inside : flow.outside
  // RFC 5961 §3.2: anything but the very next byte's number is only challenged.
  if (out.next === undefined || client === undefined) return undefined
  const way = side === 'client' ? { from: broker, to: client } : { from: client, to: broker }
  return { ...way, seq: out.next, ack: sent.next ?? 0 }
}

/** Resets these sides of a flow, each flow once. */
export function resetOnce({ executor, trouble }: Pick<ForceContext, 'executor' | 'trouble'>) {
  const told = new Set<TrackedFlow>()
  return (flow: TrackedFlow, sides: readonly Side[]): void => {
    if (told.has(flow)) return
    told.add(flow)
    for (const side of sides) {
      const reset = resetFor(flow, side, flow.broker)
      if (reset) executor.reset(reset).catch(trouble)
    }
  }
}
