/**
 * A middlebox that forgets, on a Toxiproxy that has no such thing: the same table as everywhere (link/toxics/idle-cut-toxic.ts) watches
 * what enters at the taps, and where it forgets the flow, a blackhole is switched on by Toxiproxy's API. That holds for all
 * of a proxy's connections, so each connection has a proxy of its own (see hub.ts). RST and FIN are the taps' own.
 */
import { z } from 'zod'
import { type Dated, spanOf } from '../../../clock/clock.ts'
import { FLOWS, type Flow } from '../../../model/flow.ts'
import type { Placed } from '../../pipe/toxic-set.ts'
import type { Item, Meeting, Ruling } from '../../toxics/toxic.ts'
import { describe, type ForceTools, type PassageFate, type ToxiproxyForce } from './toxiproxy-force.ts'

const options = z.object({
  onExpiry: z.enum(['silent', 'rst-both', 'fin-both']),
  scope: z.enum(['both', 'inbound-only']),
})

export function idleForce(placed: Placed, meeting: Meeting, hands: ForceTools): ToxiproxyForce {
  const table = placed.toxic.start(placed.attributes, meeting)
  const { onExpiry, scope } = options.parse(placed.attributes)
  const startMs = meeting.nowMs
  const blocked: Record<Flow, boolean> = { up: false, down: false }
  /** Something inbound is kept that will be sent again: `release` says when. */
  let keeps = false
  let cancelWake = () => {}

  const block = async (flow: Flow, to: boolean): Promise<readonly Dated[]> => {
    if (blocked[flow] === to) return []
    blocked[flow] = to
    return [await hands.block(flow, to)]
  }
  const forget = async (note: string): Promise<void> => {
    const flows = onExpiry !== 'silent' ? [] : scope === 'both' ? FLOWS : (['down'] as const)
    const done = await Promise.all(flows.map(flow => block(flow, true)))
    hands.mark('held', note, spanOf(done.flat()))
  }
  const carryOut = (rulings: readonly Ruling[], nowMs: number): void => {
    for (const ruling of rulings) carryOutOne(ruling, nowMs)
  }
  const carryOutOne = (ruling: Ruling, nowMs: number): void => {
    switch (ruling.do) {
      case 'mark':
        if (ruling.what === 'held') void forget(ruling.note)
        else hands.mark('touched', ruling.note)
        break
      case 'end':
        hands.mark('touched', `${ruling.how.toUpperCase()} to ${ruling.side}`)
        hands.end(ruling.side, ruling.how)
        break
      case 'wake':
        cancelWake()
        cancelWake = hands.wake(ruling.afterMs, () => wake(nowMs + ruling.afterMs))
        break
      case 'release':
        keeps = false
        void block('down', false)
        break
      case 'pass':
        // The flow is known again; but inbound, what is kept goes first.
        if (ruling.flow === 'up' || !keeps) void block(ruling.flow, false)
        break
      case 'hold':
        keeps = true
        hands.mark('touched', `held ${describe(ruling.item)} on its way ${ruling.flow}`)
        break
      case 'drop':
        hands.mark('touched', `dropped ${describe(ruling.item)} on its way ${ruling.flow}`)
        break
    }
  }
  const wake = (nowMs: number): void => carryOut(table.onWake?.(nowMs) ?? [], nowMs)

  return {
    begin: () => wake(startMs),
    onItem(flow: Flow, item: Item, nowMs: number): PassageFate {
      const rulings = table.onItem(flow, item, nowMs)
      carryOut(rulings, nowMs)
      return fateOf(item, rulings)
    },
    stays: nowMs => table.onLift?.(nowMs) ?? false,
    covers: flow => blocked[flow],
  }
}

/** Behind a silent cut, what is dropped goes into Toxiproxy, which never lets it out. */
function fateOf(item: Item, rulings: readonly Ruling[]): PassageFate {
  if (!rulings.some(ruling => ruling.do === 'drop')) return 'pass'
  if (item.what === 'rst') return 'lose'
  return rulings.some(ruling => ruling.do === 'end') ? 'drop' : 'pass'
}
