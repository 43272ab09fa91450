import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import type { Lab, Peers } from '../../src/labs/lab.ts'
import { simulated } from '../../src/labs/simulated.ts'
import { links } from '../../src/link/kinds/index.ts'
import { milliseconds } from '../../src/model/duration.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Scenario, Traffic, WillChoice } from '../../src/model/scenario.ts'
import { brokers } from '../../src/peers/brokers/index.ts'
import { clients } from '../../src/peers/clients/index.ts'
import { brokerModels } from '../../src/peers/models/brokers/index.ts'
import { clientModels } from '../../src/peers/models/clients/index.ts'

export const peers: Peers = {
  brokers: new Map([...brokers, ...brokerModels]),
  clients: new Map([...clients, ...clientModels]),
  links,
}

/** As on a machine that has no program of these, so that models play the same versions on every machine. */
export const bare: Peers = {
  ...peers,
  brokers: new Map(
    [...peers.brokers].map(([name, kind]) => [name, kind.embed ? kind : { ...kind, available: nowhere }]),
  ),
}

async function nowhere() {
  return { reason: 'it is not there' }
}

const HERE = { file: 'test', line: 1, column: 1 }

/** A fault of the reference timelines: times in milliseconds since CONNACK. */
export interface Trouble {
  readonly atMs: number
  readonly forMs?: number
  readonly fault: string
  readonly options?: Readonly<Record<string, unknown>>
}

export interface Sketch {
  readonly keepaliveS: number
  readonly untilMs: number
  readonly latencyMs?: number
  readonly jitterMs?: number
  readonly broker?: string
  readonly brokerOptions?: Readonly<Record<string, unknown>>
  readonly client?: string
  readonly clientOptions?: Readonly<Record<string, unknown>>
  readonly will?: WillChoice
  readonly protocol?: 4 | 5
  readonly traffic?: Traffic
  readonly count?: number
  readonly troubles?: readonly Trouble[]
}

/** A scenario without expectations, for tests that read the evidence themselves. */
export const sketch = (given: Sketch): Scenario => ({
  name: 'sketch',
  position: HERE,
  broker: { name: given.broker ?? 'aedes', options: given.brokerOptions ?? {} },
  client: {
    name: given.client ?? 'mqttjs',
    options: given.clientOptions ?? {},
    keepaliveS: given.keepaliveS,
    protocol: given.protocol ?? 4,
    traffic: given.traffic ?? {},
    ...(given.will && { will: given.will }),
    count: given.count ?? 1,
  },
  link: {
    name: 'embedded',
    options: {},
    latency: milliseconds(given.latencyMs ?? 20),
    jitter: milliseconds(given.jitterMs ?? 0),
  },
  timeline: (given.troubles ?? []).map(({ atMs, forMs, fault, options = {} }) => ({
    at: milliseconds(atMs),
    ...(forMs === undefined ? {} : { for: milliseconds(forMs) }),
    fault: { name: fault, options: faults.get(fault)?.options.parse(options) as Record<string, unknown> },
    position: HERE,
  })),
  expect: [],
  until: milliseconds(given.untilMs),
})

interface PlayOptions {
  readonly seed?: number
  readonly lab?: Lab
  readonly unwitnessed?: boolean
}

export const played = (given: Sketch, options: PlayOptions = {}): Promise<Evidence> => play(sketch(given), options)

export async function play(
  scenario: Scenario,
  { seed = 1, lab = simulated.create(bare), unwitnessed = false }: PlayOptions = {},
): Promise<Evidence> {
  return run(scenario, lab, faults, { seed, runId: `s${seed}`, unwitnessed })
}
