import { type Dated, spanOf } from '../../../clock/clock.ts'
import type { LinkOrder } from '../../../faults/fault.ts'
import { type Flow, flowFrom, type Side } from '../../../model/flow.ts'
import { type Box, boxOf } from './box.ts'
import type { FirewallForce, ForceContext } from './firewall-force.ts'
import { idleRules } from './idle-rules.ts'
import { meetsNext } from './idle-table.ts'
import { blackholeRules, FOR_EVER_MS, ghostRules, loose, member, noTable } from './nft-rules.ts'
import { resetFor, resetOnce } from './reset-flow.ts'
import { isOpen, type TrackedFlow } from './tracked-flow.ts'

/**
 * An RST to one side of every live connection, or to both. From then on nothing gets through on them: the side that was not
 * told keeps a ghost.
 */
export function ghostForce(
  sides: readonly Side[],
  { place, name, flows, mark, executor, settle }: ForceContext,
): FirewallForce {
  return {
    async start() {
      await settle()
      const living = flows().flatMap(flow => (flow.outside === undefined ? [] : [{ ...flow, outside: flow.outside }]))
      if (living.length === 0) return undefined
      const resets = living.flatMap(flow => sides.flatMap(side => resetFor(flow, side, flow.broker) ?? []))
      const done = await Promise.all([
        executor.nft(ghostRules(name, living, place)),
        ...resets.map(reset => executor.reset(reset)),
      ])
      const when = spanOf(done)
      const connections = `${living.length} connection${living.length === 1 ? '' : 's'}`
      if (when) mark('touched', `RST to ${sides.join(' and ')} on ${connections}`, when)
      return when
    },
    lift: async () => undefined,
  }
}

interface Sent {
  readonly conn: number
  readonly edge: Side
  readonly atMs: number
}

/** Packets are dropped; what happens then is up to the kernels of both peers: they send again until they give up. */
export function blackholeForce(flows: readonly Flow[], { place, name, mark, executor }: ForceContext): FirewallForce {
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
export const noForce: FirewallForce = { start: async () => undefined, lift: async () => undefined }

/** A strict box whose timer never comes due. */
const boxFor = ({ activity, onNext }: LinkOrder & { do: 'limit' }): Box =>
  boxOf({
    afterMs: FOR_EVER_MS,
    activity,
    refreshedBy: 'both',
    onExpiry: 'silent',
    onNext,
    scope: 'both',
    recreate: 'none',
  })

/**
 * A firewall whose table is full. The kernel's own way out of that (early_drop) would rather refuse a new connection than
 * forget one that is established, so who has to go is told to it: at each SYN, the oldest.
 */
export function evictForce(order: LinkOrder & { do: 'limit' }, context: ForceContext): FirewallForce {
  const { place, name, flows, mark, executor, settle, trouble } = context
  const { sessions, onNext } = order
  const box = boxFor(order)
  const reset = resetOnce(context)
  const forgotten = new Set<TrackedFlow>()
  let inForce = false

  /** Those that have to go now. */
  const excess = (): readonly TrackedFlow[] => {
    const known = flows().filter(flow => isOpen(flow) && !forgotten.has(flow))
    const oldestFirst = [...known].sort((one, other) => one.conn - other.conn)
    const gone = oldestFirst.slice(0, Math.max(0, known.length - sessions))
    for (const flow of gone) forgotten.add(flow)
    return gone
  }
  const tell = ({ conn }: TrackedFlow, when: Dated) => {
    const note = `connection ${conn}: forgot the flow for a newer one, there is room for ${sessions}`
    mark('touched', note, when)
    mark('held', note, { conn, ...when })
  }
  const drop = async (flow: TrackedFlow): Promise<void> => {
    const { inside, broker } = flow
    const when = await (box.timer === 'conntrack'
      ? executor.forget(inside, broker)
      : executor.nft(`delete element ip ${name} live { ${member(inside)} }`))
    tell(flow, when)
  }
  const dropAll = (gone: readonly TrackedFlow[]) => Promise.all(gone.map(drop))

  return {
    async start() {
      await settle()
      const gone = excess()
      const stays = flows().filter(flow => !forgotten.has(flow))
      const members = stays.map(({ inside }) => ({ inside, leftMs: FOR_EVER_MS }))
      const isTracked = box.timer === 'conntrack'
      const settings = isTracked ? [await executor.shell(loose(false))] : []
      const placed = await executor.nft(idleRules(name, box, place, members))
      if (isTracked) await dropAll(gone)
      else for (const flow of gone) tell(flow, placed)
      inForce = true
      return spanOf([...settings, placed])
    },
    async lift() {
      inForce = false
      return undefined
    },
    sent(flow, segment) {
      if (inForce && segment.syn && segment.edge === 'client') dropAll(excess()).catch(trouble)
      // Its sender is answered by the rule itself.
      if (forgotten.has(flow) && onNext === 'rst-both' && meetsNext(box, segment))
        reset(flow, [segment.edge === 'client' ? 'broker' : 'client'])
    },
  }
}
