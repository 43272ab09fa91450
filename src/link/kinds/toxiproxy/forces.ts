import type { Placed } from '../../pipe/toxic-set.ts'
import type { Meeting } from '../../toxics/toxic.ts'
import { blackholeForce } from './blackhole-force.ts'
import { describe, type Force, type Hands } from './force.ts'
import { idleForce } from './idle-force.ts'

export function forceOf(placed: Placed, meeting: Meeting, hands: Hands): Force {
  switch (placed.toxic.name) {
    case 'blackhole':
      return blackholeForce(placed, meeting, hands)
    case 'idle-cut':
      return idleForce(placed, meeting, hands)
    default:
      return witness(placed, hands)
  }
}

/** Toxiproxy does all of it; the taps only see that there was something to do it to. */
function witness({ toxic, flows }: Placed, { mark }: Hands): Force {
  return {
    onItem(flow, item) {
      if (item.what === 'bytes' && flows.includes(flow))
        mark('touched', `${toxic.name} on ${describe(item)} on its way ${flow}`)
      return 'pass'
    },
    covers: () => false,
  }
}
