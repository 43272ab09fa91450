import { realClock } from '../clock/real.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { StartedBroker } from '../peers/brokers/broker.ts'
import { pool } from '../processes/pool.ts'
import { admission, choose, heavyOf } from './admission.ts'
import { openBench, prepareBenches } from './bench.ts'
import { clockLack } from './clocks.ts'
import type { Lab, LabKind, Peers } from './lab.ts'
import { harmsBroker, ordersOf, WITH_CLOCKS } from './orders.ts'

/** Broker, link and clients in processes beside this one, on real sockets and in real time. */
export const local: LabKind = {
  name: 'local',
  summary:
    'real sockets on this machine: the link, Aedes and MQTT.js in processes of our own; mosquitto and others as they are',
  resolutionMs: 2,
  can: WITH_CLOCKS,
  fleets: true,
  dialects: true,
  available: async () => true,
  create,
}

function create(peers: Peers): Lab {
  const { faults = ownFaults } = peers
  const brokers = pool<StartedBroker>()
  return {
    kind: local,
    clock: () => realClock(),
    heavy: scenario => heavyOf(choose(scenario, peers)),
    async admits(scenario) {
      const chosen = choose(scenario, peers)
      const orders = ordersOf(scenario, faults)
      const admitted = await admission(scenario, chosen, orders, local)
      return admitted === true ? ((await clockLack(orders, chosen)) ?? true) : admitted
    },
    prepare: scenarios => prepareBenches(scenarios.map(scenario => ({ scenario, ...choose(scenario, peers) }))),
    async open(scenario, kit) {
      const orders = ordersOf(scenario, faults)
      return openBench(scenario, kit, { ...choose(scenario, peers), brokers, orders, ownBroker: harmsBroker(orders) })
    },
    [Symbol.asyncDispose]: () => brokers[Symbol.asyncDispose](),
  }
}
