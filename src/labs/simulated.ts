import type { Clock } from '../clock/clock.ts'
import type { Kit } from '../clock/kit.ts'
import type { Capability, Fault } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import { toxics } from '../link/toxics/index.ts'
import type { Availability, Registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { standInFor } from '../peers/models/brokers/index.ts'
import { installDispatchers } from '../sim/dispatchers.ts'
import { type Sim, startSim } from '../sim/sim.ts'
import { admission, type ChosenPlugins, choose, plainOnly } from './admission.ts'
import type { Admission, Bench, Lab, LabKind, Needs, Peers } from './lab.ts'
import { ordersOf } from './orders.ts'
import { openSimulatedBench } from './simulated-bench.ts'

/**
 * Who plays whom in a simulation. A model that stands for a real program plays the version that the scenario asks for, else the
 * one that this machine has, else the newest that somebody looked into; the header of the evidence says which.
 */

interface Cast {
  /** The plug-ins that the scenario names. */
  readonly chosen: ChosenPlugins
  /** Who plays them; `undefined`: nobody can. */
  readonly broker: BrokerKind | undefined
  readonly client: ClientKind | undefined
}

/** Options of a peer that does not do the same in all its versions. */
interface Versioned {
  readonly version?: unknown
}

/** The version that this machine has of a real peer; `undefined`: none, or one that can't be told. */
type VersionHere = (real: Real) => Promise<string | undefined>

interface Real {
  readonly name: string
  available(options: unknown): Promise<Availability>
  version(options: unknown): Promise<string>
}

/** The real one, or the model that can stand for it, in its newest version. */
const embeddable = (broker: BrokerKind): BrokerKind | undefined => (broker.embed ? broker : standInFor(broker.name))

async function castFor(scenario: Scenario, chosen: ChosenPlugins, versionHere: VersionHere): Promise<Cast> {
  const { broker, client } = chosen
  return {
    chosen,
    broker: await inVersion(
      embeddable(broker),
      broker.embed ? undefined : broker,
      scenario.broker.options,
      versionHere,
    ),
    client: await inVersion(client, client.standsFor, scenario.client.options, versionHere),
  }
}

async function inVersion<K extends { readonly ofVersion?: (version: string) => K | undefined }>(
  model: K | undefined,
  real: Real | undefined,
  { version: asked }: Versioned,
  versionHere: VersionHere,
): Promise<K | undefined> {
  if (!model?.ofVersion) return model
  if (typeof asked === 'string') return model.ofVersion(asked)
  const here = real && (await versionHere(real))
  return (here === undefined ? undefined : model.ofVersion(here)) ?? model
}

/** Each is asked once: a sweep plays thousands of scenarios, and a program has to be started to be asked. */
function installedVersions(): VersionHere {
  const known = new Map<string, Promise<string | undefined>>()
  return real => {
    const answer = known.get(real.name) ?? versionOf(real)
    known.set(real.name, answer)
    return answer
  }
}

/** Of `2.0.11-1.2+deb12u2` the numbers. */
async function versionOf(real: Real): Promise<string | undefined> {
  if ((await real.available({})) !== true) return undefined
  return /(?<!\d)\d+\.\d+\.\d+/.exec(await real.version({}))?.[0]
}

/** In here no socket has a buffer of a size that could be full. */
const UNSIMULATED: ReadonlySet<string> = new Set(['stall-reads', 'slow-reads'])

/** All that happens on the link, and nothing that happens to a process: in here there is none. */
const CAN: ReadonlySet<Capability> = new Set<Capability>([
  ...[...toxics.keys()].filter(name => !UNSIMULATED.has(name)).map((name): Capability => `toxic:${name}`),
  'limit:sessions',
  'move:address',
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
  fleets: true,
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
  const access = broker.access?.(scenario.broker.options)
  if (access) return plainOnly(broker.name, simulated.name, access)
  if (!player) return noModel(broker.name, scenario.broker.options)
  if (!clientPlayer) return noModel(client.name, scenario.client.options)
  const { share, expiryS } = scenario.client.traffic.receiving ?? {}
  // A model keeps to the rules of the keep-alive, and to few others.
  if (player.model && (share || expiryS !== undefined))
    return `the model of ${broker.name} knows no ${share ? 'shared subscriptions' : 'Message Expiry Interval'}`
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
