import type { BrokerKind, StartedBroker } from '../../brokers/broker.ts'
import { answersConnect } from '../../brokers/probe.ts'
import { realClock } from '../../clock/real.ts'
import type { Address } from '../../links/link.ts'
import type { Availability } from '../../model/plugin.ts'

/** A broker on the same machine or in the next room answers within milliseconds. */
const ANSWER_LIMIT_MS = 2000
/** A retained message comes right behind the SUBACK. */
const VERSION_LIMIT_MS = 500

const clock = realClock()

/** The broker of this name that is already running: it is neither configured, frozen nor killed, and left as it was. */
export const attachedTo = (kind: BrokerKind, address: Address): BrokerKind => ({
  name: kind.name,
  summary: `the broker at ${address.host}:${address.port}`,
  options: kind.options,
  protocols: kind.protocols,
  can: new Set(),
  available: () => available(kind, address),
  version: async () => (await whatItIs(address)).version,
  start: () => attach(address),
})

async function available({ name }: BrokerKind, address: Address): Promise<Availability> {
  const late = AbortSignal.timeout(ANSWER_LIMIT_MS)
  const where = `${address.host}:${address.port}`
  if (!(await answersConnect(address, late)))
    return { reason: `no MQTT broker answers at ${where}`, remedy: 'start it, or give its address with --broker-url' }
  const found = await whatItIs(address)
  if (found.name === undefined || found.name === name) return true
  return { reason: `the broker at ${where} is ${found.name}, and the scenario is for ${name}` }
}

async function attach(address: Address): Promise<StartedBroker> {
  const { version } = await whatItIs(address)
  // Its log is out of reach: the taps tell what it does.
  return { version, address, watch: () => () => {}, async [Symbol.asyncDispose]() {} }
}

interface Found {
  readonly name?: string
  readonly version: string
}

const known = new Map<string, Promise<Found>>()

function whatItIs(address: Address): Promise<Found> {
  const key = `${address.host}:${address.port}`
  const found = known.get(key) ?? ask(address)
  known.set(key, found)
  return found
}

/** mosquitto tells in `$SYS/broker/version`: `mosquitto version 2.0.22`. Others keep to themselves. */
async function ask(address: Address): Promise<Found> {
  const { default: mqtt } = await import('mqtt')
  const client = mqtt.connect({ ...address, protocol: 'mqtt', reconnectPeriod: 0, keepalive: 10 })
  client.on('error', () => {})
  const told = new Promise<string>(resolve => {
    client.once('message', (_topic, payload) => resolve(payload.toString()))
    client.once('connect', () => client.subscribe('$SYS/broker/version'))
  })
  const text = await Promise.race([told, clock.advanceTo(clock.nowMs() + VERSION_LIMIT_MS).then(() => '')])
  client.end(true)
  const [, name, version] = /^(\w+) version (\S+)$/.exec(text) ?? []
  return { ...(name ? { name } : {}), version: version ?? 'unknown' }
}
