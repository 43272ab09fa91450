import type { Side } from '../../model/flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { resetFor } from './reset.ts'
import { ghostRules } from './rules.ts'

/**
 * An RST to one side of every live connection, or to both. From then on nothing gets through on them: the side that was not
 * told keeps a ghost.
 */
export function ghostForce(sides: readonly Side[], { place, name, flows, mark, injector }: ForceSeat): Force {
  return {
    async start() {
      const inject = await injector()
      const living = flows().flatMap(flow => (flow.outside === undefined ? [] : [{ ...flow, outside: flow.outside }]))
      if (living.length === 0) return
      await place.run('nft', ['-f', '-'], ghostRules(name, living, place))
      for (const flow of living) {
        for (const side of sides) {
          const reset = resetFor(flow, side, flow.broker)
          if (reset) inject.send(reset)
        }
      }
      mark(
        'touched',
        `RST to ${sides.join(' and ')} on ${living.length} connection${living.length === 1 ? '' : 's'}`,
        {},
      )
    },
    async lift() {},
  }
}
