import { spanOf } from '../../../clock/dated.ts'
import type { Side } from '../../../model/flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { resetFor } from './reset.ts'
import { ghostRules } from './rules.ts'

/**
 * An RST to one side of every live connection, or to both. From then on nothing gets through on them: the side that was not
 * told keeps a ghost.
 */
export function ghostForce(sides: readonly Side[], { place, name, flows, mark, executor, settle }: ForceSeat): Force {
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
