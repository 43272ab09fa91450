import type { StartedBroker } from '../brokers/broker.ts'
import { realClock } from '../clock/real.ts'
import type { Capability } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { toxics } from '../toxics/index.ts'
import { admission, choose } from './admission.ts'
import { openBench } from './bench.ts'
import type { Lab, LabKind, Peers } from './lab.ts'
import { harmsBroker, ordersOf } from './orders.ts'
import { pool } from './pool.ts'

/** Real sockets on 127.0.0.1: whatever a toxic or a signal can do. */
const CAN: ReadonlySet<Capability> = new Set<Capability>([
  ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
  'end:fin',
  'end:rst',
  'broker:freeze',
  'broker:thaw',
  'broker:kill',
  'broker:restart',
])

/** Broker, link and clients in this process or beside it, on real sockets and in real time. */
export const local: LabKind = {
  name: 'local',
  summary: 'real sockets on this machine: Aedes in this process, or mosquitto beside it',
  resolutionMs: 2,
  can: CAN,
  available: async () => true,
  create,
}

function create(peers: Peers): Lab {
  const brokers = pool<StartedBroker>()
  return {
    kind: local,
    clock: realClock,
    admits: async scenario => admission(scenario, choose(scenario, peers), ordersOf(scenario, faults), local),
    async open(scenario, kit) {
      const orders = ordersOf(scenario, faults)
      return openBench(scenario, kit, { ...choose(scenario, peers), brokers, orders, ownBroker: harmsBroker(orders) })
    },
    [Symbol.asyncDispose]: () => brokers[Symbol.asyncDispose](),
  }
}
