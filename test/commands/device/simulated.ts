import type { Duplex } from 'node:stream'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Clock } from '../../../src/clock/clock.ts'
import { seededRandom } from '../../../src/clock/kit.ts'
import { DEFAULT_LIMITS, type Limits } from '../../../src/commands/device/device-limits.ts'
import type { StepOutcome } from '../../../src/commands/device/programme.ts'
import { type DeviceRun, runDevice, type Watcher } from '../../../src/commands/device/run-device.ts'
import { steps } from '../../../src/commands/device/steps/index.ts'
import type { RelayedConnection } from '../../../src/link/pipe/relayed-connection.ts'
import { aedes } from '../../../src/peers/brokers/aedes.ts'
import { loadModule, type MqttModule, QUIET, resolveModule } from '../../../src/peers/clients/mqttjs/mqtt-module.ts'
import { installDispatchers } from '../../../src/sim/dispatchers.ts'
import { loadFresh } from '../../../src/sim/fresh.ts'
import { Readers } from '../../../src/sim/readers.ts'
import { startSim } from '../../../src/sim/sim.ts'
import { Call } from '../../../src/sim/wire.ts'

installDispatchers()

const LATENCY_MS = 20
export const ADDRESS = '10.0.0.7'

/** A way to the link: a new connection at each call, from the device's address unless another is given. */
export type Dial = (from?: string) => Duplex

export interface Simulation {
  /** Starts what is to be tested. */
  device(dial: Dial, clock: Clock, mqtt: MqttModule): void
  /** The MQTT.js that is handed to it: `mqtt4`. */
  readonly module?: string
  readonly limits?: Partial<Limits>
  readonly only?: readonly string[]
  readonly clientId?: string
  readonly tls?: boolean
  /** Stops the programme after so long. */
  readonly stopAtMs?: number
  /** Instead of Aedes. */
  broker?(stream: Duplex, clock: Clock): void
  readonly watcher?: Partial<Watcher>
}

/** A programme on virtual time: the real Aedes, the real link without sockets, and whatever the test calls a device. */
export async function simulated(given: Simulation): Promise<DeviceRun> {
  const sim = startSim()
  const random = seededRandom(1)
  sim.lend(random)
  const { clock } = sim
  const mqtt = await loadModule(resolveModule(given.module, process.cwd()), loadFresh)
  const broker = await sim.enter(async () => aedes.embed?.({}, clock))
  const accept = (stream: Duplex) => (given.broker ? given.broker(stream, clock) : broker?.accept(stream))
  const calls = new Set<Call>()
  const readers = new Readers(clock, random)
  const stop = new AbortController()
  if (given.stopAtMs !== undefined) clock.at(given.stopAtMs, () => stop.abort())
  const silent: Watcher = { waiting() {}, begun() {}, arrived() {}, ended() {}, stranger() {} }
  const run = await runDevice({
    clock,
    random,
    setting: {
      halfopen: 'test',
      broker: { name: 'aedes', version: broker?.version ?? 'unknown' },
      started: '2030-01-01T00:00:00.000Z',
      resolutionMs: 0,
    },
    limits: { ...DEFAULT_LIMITS, ...given.limits },
    steps: steps.filter(({ name }) => given.only?.includes(name) ?? true),
    ...(given.clientId === undefined ? {} : { clientId: given.clientId }),
    tls: given.tls ?? false,
    signal: stop.signal,
    watcher: { ...silent, ...given.watcher },
    latencyMs: LATENCY_MS,
    enter: act => sim.enter(act),
    plug: async entrance => {
      const dial: Dial = (from = ADDRESS) => {
        const over = (ended: Call) => calls.delete(ended)
        const call = new Call({ clock, readers, latencyMs: LATENCY_MS, accept, over })
        calls.add(call)
        entrance.connect(connection => call.attach(connection as RelayedConnection), { host: from, port: 40_000 })
        return call.client
      }
      sim.enter(() => given.device(dial, clock, mqtt))
      return { [Symbol.asyncDispose]: async () => sim.enter(() => disposeAll(calls)) }
    },
  })
  await sim.enter(() => broker?.[Symbol.asyncDispose]())
  return run
}

function disposeAll(calls: Iterable<Call>): void {
  for (const call of [...calls]) call.dispose()
}

/** MQTT.js with K = 10 s, as `sensor-1`. */
export function mqttjs({ MqttClient }: MqttModule, dial: Dial, options: IClientOptions = {}): MqttClient {
  const fixed = { protocolId: 'MQTT', protocolVersion: 4, clientId: 'sensor-1', keepalive: 10, timerVariant: 'native' }
  const client = new MqttClient(() => dial() as never, { ...QUIET, ...fixed, ...options } as IClientOptions)
  client.on('error', () => {})
  return client
}

/**
 * MQTT.js has no backoff; an application that wants one switches its `reconnectPeriod` off and does this. Without its stores
 * `reconnect` would forget what was not acknowledged.
 */
export function backsOff(client: MqttClient, baseMs = 1000, capMs = 60_000): MqttClient {
  let failures = 0
  client.on('connect', () => {
    failures = 0
  })
  client.on('close', () => {
    const waitMs = Math.min(capMs, baseMs * 2 ** failures++)
    setTimeout(() => client.reconnect(storesOf(client)), waitMs * (0.5 + Math.random() / 2))
  })
  return client
}

/** Its types hide them. */
const storesOf = (client: MqttClient) => client as unknown as NonNullable<Parameters<MqttClient['reconnect']>[0]>

export const publishes = (client: MqttClient, everyMs: number, qos: 0 | 1 = 0): void => {
  setInterval(() => client.publish('up', 'x', { qos }), everyMs)
}

export function outcomeOf({ outcomes }: DeviceRun, name: string): StepOutcome {
  const found = outcomes.find(({ step }) => step.name === name)
  if (!found) throw new Error(`${name} was not played`)
  return found
}

/** The result, and each remark on a line of its own. */
export const told = ({ result, remarks }: StepOutcome): string =>
  [result, ...remarks.map(remark => `${remark.result}: ${remark.text}`)].join('\n')

export const resultsOf = ({ outcomes }: DeviceRun): Record<string, string> =>
  Object.fromEntries(outcomes.map(({ step, result }) => [step.name, result]))
