import type { Kit, Record } from '../clock/kit.ts'
import type { StartedLink } from '../link/kinds/link.ts'
import { unwatched } from '../link/pipe/tap.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind, EmbeddedBroker } from '../peers/brokers/broker.ts'
import type { ClientKind, StartedClient } from '../peers/clients/client.ts'
import { clientIdPrefix, contextOf } from '../peers/clients/client-identity.ts'
import { resolveModule } from '../peers/clients/mqttjs/mqtt-module.ts'
import { cleanup } from '../processes/pool.ts'
import { loadFresh } from '../sim/fresh.ts'
import { Readers } from '../sim/readers.ts'
import type { Sim } from '../sim/sim.ts'
import { SimulatedWire } from '../sim/wire.ts'
import { clientLabel, labelled } from './bench.ts'
import { LEAST_LATENCY_MS, NOWHERE, pathOf, startSimulatedFleet } from './fleets.ts'
import { type Bench, noWitness, type Witness } from './lab.ts'
import { startWitness, witnessFor } from './mqttjs-witness.ts'

export interface SimulatedParts {
  /** One that can be embedded. */
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly sim: Sim
  /** Whether anybody asks for what a witness sees. */
  readonly witness: boolean
}

/** The witness stands beside the broker: no latency, no fault, and what passes there is no evidence. */
const BESIDE = { latencyMs: 0, jitterMs: 0 }

/** Broker, witness and link in a simulation. What was begun is ended in reverse, also where a later part fails. */
export async function openSimulatedBench(scenario: Scenario, kit: Kit, parts: SimulatedParts): Promise<Bench> {
  const { sim, client: kind } = parts
  const wireKit = { ...kit, readers: new Readers(sim.clock, kit.random) }
  const undo = cleanup()
  try {
    return await sim.enter(assemble)
  } catch (error) {
    await sim.enter(() => undo[Symbol.asyncDispose]())
    throw error
  }

  async function assemble(): Promise<Bench> {
    const { broker, version, fleet } = await openBroker()
    const heard = fleet?.heard ?? kit.record
    // Reading from disk takes real time, and virtual time would run away meanwhile.
    await loadFresh(resolveModule(undefined, process.cwd()))
    const witness = parts.witness ? await openWitness(broker, heard) : noWitness
    const wire = new SimulatedWire(wireKit, simulatedPath(scenario), broker.accept)
    undo.add(() => wire.dispose())
    const way = { address: NOWHERE, dial: () => wire.dial(), clock: kit.clock, load: loadFresh }
    return {
      link: linkOver(fleet?.link ?? wire, sim),
      broker: { ...broker, address: NOWHERE },
      witness,
      versions: { broker: version, client: await clientLabel(kind, scenario.client.options) },
      startClient: device => (fleet ? sim.until(fleet.startClient(device)) : sim.enter(() => startClient(device, way))),
      [Symbol.asyncDispose]: () => sim.enter(() => undo[Symbol.asyncDispose]()),
    }
  }

  async function openWitness(broker: EmbeddedBroker, record: Record): Promise<Witness> {
    const wire = new SimulatedWire(wireKit, BESIDE, broker.accept, () => unwatched)
    undo.add(() => wire.dispose())
    const context = { ...witnessFor(scenario), record, runId: kit.runId, address: NOWHERE, load: loadFresh }
    const witness = await sim.until(startWitness({ ...context, dial: () => wire.dial() }))
    undo.add(() => witness[Symbol.asyncDispose]())
    return witnessIn(sim, witness)
  }

  async function openBroker() {
    const { broker: brokerKind } = parts
    const broker = await brokerKind.embed?.(scenario.broker.options, kit.clock)
    if (!broker) throw new Error(`the broker ${brokerKind.name} can't be embedded`)
    undo.add(() => broker[Symbol.asyncDispose]())
    const fleet = await startSimulatedFleet(scenario, kit, kind, broker, wireKit.readers)
    if (fleet) undo.keep(fleet)
    undo.add(broker.watch(clientIdPrefix(kit.runId), fleet?.heard ?? kit.record, kit.clock))
    const version = labelled(brokerKind, broker.version)
    return { broker, version, fleet }
  }

  async function startClient(device: number, way: Parameters<typeof contextOf>[3]): Promise<StartedClient> {
    const client = await kind.start(contextOf(scenario, kit, device, way))
    undo.add(() => client[Symbol.asyncDispose]())
    return clientIn(sim, client)
  }
}

/** Calls from outside, where the engine lives, must not take their time from there. */
function clientIn(sim: Sim, client: StartedClient): StartedClient {
  return {
    ...(client.publish && { publish: (message, seq) => sim.enter(() => client.publish?.(message, seq)) }),
    [Symbol.asyncDispose]: () => sim.enter(() => client[Symbol.asyncDispose]()),
  }
}

const witnessIn = (sim: Sim, witness: Witness): Witness => ({
  publish: (message, seq) => sim.enter(() => witness.publish(message, seq)),
  watch: (device, will) => sim.enter(() => witness.watch(device, will)),
  [Symbol.asyncDispose]: () => sim.enter(() => witness[Symbol.asyncDispose]()),
})

const linkOver = (wire: Pick<SimulatedWire, 'order'> | StartedLink, sim: Sim): StartedLink => ({
  address: NOWHERE,
  async order(order, fault) {
    await sim.enter(() => wire.order(order, fault))
    return undefined
  },
  // It is ended with all others.
  async [Symbol.asyncDispose]() {},
})

/** On the simulated link. */
function simulatedPath(scenario: Scenario) {
  const path = pathOf(scenario)
  return { ...path, latencyMs: Math.max(path.latencyMs, LEAST_LATENCY_MS) }
}
