import type { Clock } from '../clock/clock.ts'
import type { Kit } from '../clock/kit.ts'
import type { Capability, Fault } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import { toxics } from '../link/toxics/index.ts'
import type { Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import { installDispatchers } from '../sim/dispatchers.ts'
import { type Sim, startSim } from '../sim/sim.ts'
import { admission, choose } from './admission.ts'
import type { Admission, Bench, Lab, LabKind, Needs, Peers } from './lab.ts'
import { ordersOf } from './orders.ts'
import { openSimulatedBench } from './simulated-bench.ts'
import { type Cast, castFor, embeddable, installedVersions, type Versioned } from './simulated-cast.ts'

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
  const { faults = ownFaults } = peers
  // Before any library under test is loaded.
  installDispatchers()
  const sims = new WeakMap<Clock, Sim>()
  const versionHere = installedVersions()
  const cast = (scenario: Scenario) => castFor(scenario, choose(scenario, peers), versionHere)
  return {
    kind: simulated,
    clock() {
      const sim = startSim()
      sims.set(sim.clock, sim)
      return sim.clock
    },
    admits: async scenario => admits(scenario, await cast(scenario), faults),
    open: async (scenario, kit, needs) =>
      open(scenario, kit, await cast(scenario), { sim: sims.get(kit.clock), needs }),
    async [Symbol.asyncDispose]() {},
  }
}

async function admits(scenario: Scenario, cast: Cast, faults: Registry<Fault>): Promise<Admission> {
  const reason = unsimulated(scenario, cast)
  if (reason) return { result: 'unsupported', reason }
  // The real ones' abilities decide, but they need not be installed: here others stand for them.
  const here = { available: async () => true as const }
  const { broker, client, link } = cast.chosen
  const present = { broker: { ...broker, ...here }, client, link: { ...link, ...here } }
  return admission(scenario, present, ordersOf(scenario, faults), simulated)
}

function unsimulated(scenario: Scenario, { chosen, broker: player, client: clientPlayer }: Cast): string | undefined {
  const { broker, client, link } = chosen
  if (client.ofProfile) return `the client ${client.name} is made of a measured profile, and none is given`
  if (broker.ofProfile) return `the broker ${broker.name} is made of a measured profile, and none is given`
  if (!client.simulated) return `the client ${client.name} runs in real time and can't live in a simulation`
  if (link.name !== LINK) return `the link ${link.name} needs a network, and a simulation has none`
  if (!embeddable(broker)) return `the broker ${broker.name} is a program of its own and can't live in a simulation`
  if (!player) return noModel(broker.name, scenario.broker.options)
  if (!clientPlayer) return noModel(client.name, scenario.client.options)
  const options = player.options.safeParse(scenario.broker.options)
  if (options.success) return undefined
  const [issue] = options.error.issues
  return `the model of ${broker.name} can't take these options: ${issue?.message ?? 'they have another shape'}`
}

const noModel = (name: string, options: Versioned): string => `there is no model of ${name} ${options.version}`

interface Opening {
  readonly sim: Sim | undefined
  readonly needs: Needs | undefined
}

async function open(scenario: Scenario, kit: Kit, { broker, client }: Cast, { sim, needs }: Opening): Promise<Bench> {
  if (!sim) throw new Error('the kit has no clock of this lab')
  if (!broker || !client) throw new Error('the scenario was not admitted to this lab')
  sim.lend(kit.random)
  return openSimulatedBench(scenario, kit, { broker, client, sim, witness: needs?.witness ?? true })
}
