import type { Flow } from '../model/flow.ts'
import type { Qos } from '../model/scenario.ts'
import type { PeerAt } from './history.ts'

/** One message and what became of it. */
export interface Delivery {
  readonly seq: number
  readonly qos: Qos
  readonly publishedMs: number
  /** Each time that it arrived. */
  readonly receivedMs: readonly number[]
}

/** The messages of one flow, in the order in which they were handed to the library. */
export function deliveriesOf(peers: readonly PeerAt[], flow: Flow, qos: Qos): readonly Delivery[] {
  const receivedMs = new Map<number, number[]>()
  for (const { what, flow: own, seq, atMs } of peers) {
    if (what !== 'received' || own !== flow || seq === undefined) continue
    receivedMs.set(seq, [...(receivedMs.get(seq) ?? []), atMs])
  }
  return peers.flatMap(({ what, flow: own, seq, atMs }) =>
    what === 'published' && own === flow && seq !== undefined
      ? [{ seq, qos, publishedMs: atMs, receivedMs: receivedMs.get(seq) ?? [] }]
      : [],
  )
}
