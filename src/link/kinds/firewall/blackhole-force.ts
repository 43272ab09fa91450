import type { Dated } from '../../../clock/dated.ts'
import { type Flow, flowFrom, type Side } from '../../../model/flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { blackholeRules, noTable } from './rules.ts'

interface Sent {
  readonly conn: number
  readonly edge: Side
  readonly atMs: number
}

/** Packets are dropped; what happens then is up to the kernels of both peers: they send again until they give up. */
export function blackholeForce(flows: readonly Flow[], { place, name, mark, executor }: ForceSeat): Force {
  let held: Dated | undefined
  let lifted: Dated | undefined
  let isOrdering = false
  let isTouched = false
  /** Seen while an order was under way: whether they met the rules, their dates tell once the answer is there. */
  const unclear: Sent[] = []

  const look = ({ conn, edge, atMs }: Sent) => {
    const wasInForce = held && atMs >= held.atMs && (!lifted || atMs < lifted.atMs - lifted.lateMs)
    if (isTouched || !wasInForce) return
    isTouched = true
    mark('touched', `connection ${conn}: dropped a packet from the ${edge}`, { atMs })
  }
  const order = async (rules: string, done: (when: Dated) => void): Promise<Dated> => {
    isOrdering = true
    const when = await executor.nft(rules)
    isOrdering = false
    done(when)
    for (const sent of unclear.splice(0)) look(sent)
    return when
  }

  return {
    start: () =>
      order(blackholeRules(name, flows, place), when => {
        held = when
      }),
    lift: () =>
      order(noTable(name), when => {
        lifted = when
      }),
    sent({ conn }, { edge }, atMs) {
      if (!flows.includes(flowFrom(edge))) return
      const sent = { conn, edge, atMs }
      if (isOrdering) unclear.push(sent)
      else look(sent)
    },
  }
}

/** One way only, the kernel's handshake needs the other too: the opening needs no rule of its own. */
export const noForce: Force = { start: async () => undefined, lift: async () => undefined }
