import { type Dated, spanOf } from '../../../clock/dated.ts'
import type { LinkOrder } from '../../../faults/fault.ts'
import { type Box, boxOf } from './box.ts'
import { FOR_EVER_MS, loose } from './conntrack.ts'
import { isOpen, type TrackedFlow } from './flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { idleRules } from './idle-rules.ts'
import { meetsNext } from './idle-table.ts'
import { resetOnce } from './reset.ts'
import { member } from './rules.ts'

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
export function evictForce(order: LinkOrder & { do: 'limit' }, seat: ForceSeat): Force {
  const { place, name, flows, mark, executor, settle, trouble } = seat
  const { sessions, onNext } = order
  const box = boxFor(order)
  const reset = resetOnce(seat)
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
