import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import type { Lab, Peers } from '../../src/labs/lab.ts'
import { local } from '../../src/labs/local.ts'
import { links } from '../../src/link/kinds/index.ts'
import { type Duration, parseDuration } from '../../src/model/duration.ts'
import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { ClientChoice, Scenario, Step } from '../../src/model/scenario.ts'
import { brokers } from '../../src/peers/brokers/index.ts'
import { clients } from '../../src/peers/clients/index.ts'

const position = { file: 'test.yaml', line: 1, column: 1 }

export function length(text: string): Duration {
  const duration = parseDuration(text)
  if (!duration) throw new Error(`no duration: ${text}`)
  return duration
}

/** A step as the loader makes it: the fault's own schema fills in what is not given. */
export function step(at: string, name: string, options: unknown = {}, lasting?: string): Step {
  const parsed = faults.get(name)?.options.parse(options) as Step['fault']['options'] | undefined
  if (!parsed) throw new Error(`no fault is called ${name}`)
  return {
    at: length(at),
    fault: { name, options: parsed },
    ...(lasting ? { for: length(lasting) } : {}),
    position,
  }
}

type Given = Partial<Omit<Scenario, 'client' | 'until'>> & { client?: Partial<ClientChoice>; until: string }

/** A scenario with Aedes and MQTT.js at K = 2, idle, on the embedded link; `given` says what differs. */
export const scenarioOf = ({ client, until, ...given }: Given): Scenario => ({
  name: 'a test',
  position,
  broker: { name: 'aedes', options: {} },
  link: { name: 'embedded', options: {}, latency: length('0ms'), jitter: length('0ms') },
  timeline: [],
  expect: [],
  ...given,
  client: { name: 'mqttjs', options: {}, keepaliveS: 2, protocol: 4, traffic: {}, count: 1, ...client },
  until: length(until),
})

export const peers: Peers = { brokers, clients, links }

let runs = 0

/** Plays it in a lab of its own, or in the given one. */
export async function playLocally(scenario: Scenario, given?: Lab, signal?: AbortSignal): Promise<Evidence> {
  const lab = given ?? local.create(peers)
  const options = { seed: 1, runId: `t${process.pid.toString(36)}${++runs}`, ...(signal ? { signal } : {}) }
  const evidence = await run(scenario, lab, faults, options)
  if (!given) await lab[Symbol.asyncDispose]()
  return evidence
}

export const said = (evidence: Evidence, who: Event['who'], what: Event['what']): readonly Event[] =>
  evidence.events.filter(event => event.who === who && event.what === what)

/** When it was first said; NaN where it never was, which no comparison survives. */
export const dateOf = (evidence: Evidence, who: Event['who'], what: Event['what']): number =>
  said(evidence, who, what)[0]?.atMs ?? Number.NaN

/** Dates of control packets at an edge. */
export const packets = (evidence: Evidence, edge: 'client' | 'broker', cmd: string): readonly number[] =>
  evidence.events.flatMap(event =>
    event.what === 'packet' && event.edge === edge && event.packet.cmd === cmd ? [event.atMs] : [],
  )

export const ends = (evidence: Evidence, edge: 'client' | 'broker', from: string): readonly number[] =>
  evidence.events.flatMap(event =>
    (event.what === 'fin' || event.what === 'rst') && event.edge === edge && event.from === from ? [event.atMs] : [],
  )
