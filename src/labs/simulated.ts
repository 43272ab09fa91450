import type { BrokerKind } from '../brokers/broker.ts'
import type { Clock } from '../clock/clock.ts'
import type { Kit } from '../clock/kit.ts'
import type { Capability } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import type { Scenario } from '../model/scenario.ts'
import { standInFor } from '../models/brokers/index.ts'
import { installDispatchers } from '../sim/dispatchers.ts'
import { type Sim, startSim } from '../sim/sim.ts'
import { toxics } from '../toxics/index.ts'
import { admission, type Chosen, choose } from './admission.ts'
import type { Admission, Bench, Lab, LabKind, Needs, Peers } from './lab.ts'
import { ordersOf } from './orders.ts'
import { openSimulatedBench } from './simulated-bench.ts'

/** All that happens on the link, and nothing that happens to a process: in here there is none. */
const CAN: ReadonlySet<Capability> = new Set<Capability>([
  ...[...toxics.keys()].map((name): Capability => `toxic:${name}`),
  'limit:sessions',
  'end:fin',
  'end:rst',
])

/** The link that the simulation's own stands for. */
const LINK = 'embedded'

/** Broker, link and clients in this process on a clock of their own; the real code of Aedes and MQTT.js, models for others. */
export const simulated: LabKind = {
  name: 'simulated',
  summary: 'virtual time: real MQTT.js and Aedes, an in-memory link, 100,000 times faster; models for other peers',
  resolutionMs: 0,
  virtual: true,
  can: CAN,
  async available() {
    try {
      startSim()
      return true
    } catch (error) {
      return { reason: (error as Error).message }
    }
  },
  create,
}

function create(peers: Peers): Lab {
  // Before any library under test is loaded.
  installDispatchers()
  const sims = new WeakMap<Clock, Sim>()
  return {
    kind: simulated,
    clock() {
      const sim = startSim()
      sims.set(sim.clock, sim)
      return sim.clock
    },
    admits: scenario => admits(scenario, choose(scenario, peers)),
    open: (scenario, kit, needs) =>
      open(scenario, kit, { ...choose(scenario, peers), sim: sims.get(kit.clock), needs }),
    async [Symbol.asyncDispose]() {},
  }
}

async function admits(scenario: Scenario, chosen: Chosen): Promise<Admission> {
  const reason = unsimulated(scenario, chosen)
  if (reason) return { result: 'unsupported', reason }
  // The real ones' abilities decide, but they need not be installed: here others stand for them.
  const here = { available: async () => true as const }
  const present = { ...chosen, broker: { ...chosen.broker, ...here }, link: { ...chosen.link, ...here } }
  return admission(scenario, present, ordersOf(scenario, faults), simulated)
}

function unsimulated(scenario: Scenario, { broker, client, link }: Chosen): string | undefined {
  if (client.ofProfile) return `the client ${client.name} is made of a measured profile, and none is given`
  if (broker.ofProfile) return `the broker ${broker.name} is made of a measured profile, and none is given`
  if (!client.simulated) return `the client ${client.name} runs in real time and can't live in a simulation`
  if (link.name !== LINK) return `the link ${link.name} needs a network, and a simulation has none`
  const kind = embeddable(broker)
  if (!kind) return `the broker ${broker.name} is a program of its own and can't live in a simulation`
  const options = kind.options.safeParse(scenario.broker.options)
  if (options.success) return undefined
  const [issue] = options.error.issues
  return `the model of ${broker.name} can't take these options: ${issue?.message ?? 'they have another shape'}`
}

const embeddable = (broker: BrokerKind): BrokerKind | undefined => (broker.embed ? broker : standInFor(broker.name))

interface Opening extends Chosen {
  readonly sim: Sim | undefined
  readonly needs: Needs | undefined
}

async function open(scenario: Scenario, kit: Kit, { sim, needs, ...chosen }: Opening): Promise<Bench> {
  const broker = embeddable(chosen.broker)
  if (!sim) throw new Error('the kit has no clock of this lab')
  if (!broker) throw new Error(`the broker ${chosen.broker.name} can't live in a simulation`)
  sim.lend(kit.random)
  return openSimulatedBench(scenario, kit, { broker, client: chosen.client, sim, witness: needs?.witness ?? true })
}
