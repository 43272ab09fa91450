import type { LinkOrder } from '../../faults/fault.ts'
import { type Box, boxOf } from './box.ts'
import { FOR_EVER_MS, forget, loose } from './conntrack.ts'
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
  const { kit, place, name, flows, mark, injector, trouble } = seat
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
  const tell = (gone: readonly TrackedFlow[]) => {
    const atMs = kit.clock.nowMs()
    for (const { conn } of gone) {
      const note = `connection ${conn}: forgot the flow for a newer one, there is room for ${sessions}`
      mark('touched', note, { atMs })
      mark('held', note, { conn, atMs })
    }
  }
  const drop = async (gone: readonly TrackedFlow[]) => {
    for (const flow of gone) {
      await (box.timer === 'conntrack'
        ? place.shell(forget(flow))
        : place.run('nft', ['delete', 'element', 'ip', name, 'live', `{ ${member(flow.inside)} }`]))
    }
    tell(gone)
  }

  return {
    async start() {
      if (onNext === 'rst-both') await injector()
      const gone = excess()
      const stays = flows().filter(flow => !forgotten.has(flow))
      const members = stays.map(({ inside }) => ({ inside, leftMs: FOR_EVER_MS }))
      if (box.timer === 'conntrack') await place.shell(loose(false))
      await place.run('nft', ['-f', '-'], idleRules(name, box, place, members))
      if (box.timer === 'conntrack') await drop(gone)
      else tell(gone)
      inForce = true
    },
    async lift() {
      inForce = false
    },
    sent(flow, segment) {
      if (inForce && segment.syn && segment.edge === 'client') drop(excess()).catch(trouble)
      // Its sender is answered by the rule itself.
      if (forgotten.has(flow) && onNext === 'rst-both' && meetsNext(box, segment))
        reset(flow, [segment.edge === 'client' ? 'broker' : 'client'])
    },
  }
}
