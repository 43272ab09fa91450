import { type Flow, flowFrom } from '../../model/flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { blackholeRules, noTable } from './rules.ts'

/** Packets are dropped; what happens then is up to the kernels of both peers: they send again until they give up. */
export function blackholeForce(flows: readonly Flow[], { place, name, mark }: ForceSeat): Force {
  let isTouched = false
  let inForce = false
  return {
    async start() {
      await place.run('nft', ['-f', '-'], blackholeRules(name, flows, place))
      inForce = true
    },
    async lift() {
      inForce = false
      await place.run('nft', ['-f', '-'], noTable(name))
    },
    sent(flow, { edge }, atMs) {
      if (!inForce || isTouched || !flows.includes(flowFrom(edge))) return
      isTouched = true
      mark('touched', `connection ${flow.conn}: dropped a packet from the ${edge}`, { atMs })
    },
  }
}

/** One way only, the kernel's handshake needs the other too: the opening needs no rule of its own. */
export const noForce: Force = { async start() {}, async lift() {} }
