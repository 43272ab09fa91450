import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { z } from 'zod'
import { type Duration, resolveDuration } from '../../model/duration.ts'
import { duration, refused, version } from '../../model/schema.ts'
import { mosquittoAvailable, mosquittoPath, mosquittoVersion } from '../brokers/mosquitto/binary.ts'
import { LOG_TYPES } from '../brokers/mosquitto/log.ts'
import { startProgram } from '../brokers/program/start-broker.ts'
import { versionLack } from '../recipes/built.ts'
import type { ClientContext, ClientKind, StartedClient } from './client.ts'
import { loadModule, resolveModule } from './mqttjs/mqtt-module.ts'
import { decodePayload } from './payload.ts'

/**
 * A second Mosquitto, on our side of the link, that bridges to the broker under test: to that one it is a client. What the traffic of
 * the scenario publishes is handed to the second broker by a client of ours, and the bridge has to carry it over; likewise the other way.
 */

const seconds = (what: string, from: number) =>
  duration.refine(({ ms, k }) => k === 0 && ms % 1000 === 0 && ms >= from * 1000, {
    error: `${what} is in whole seconds, ${from}s or more`,
  })

const restart = seconds('restart_timeout', 1)
const KEEPALIVE = 'a bridge calls it keepalive_interval, a scenario `keepalive`: write keepalive: 10s'

export const options = z.strictObject({
  restart_timeout: z
    .union([restart, z.strictObject({ base: restart, cap: restart })])
    .exactOptional()
    .describe('how long it waits before it connects again: 5s, or { base: 5s, cap: 30s }, as mosquitto.conf(5) has it'),
  cleansession: z.boolean().exactOptional().describe("absent: false, as Mosquitto's own"),
  start_type: z.enum(['automatic', 'lazy', 'once']).exactOptional(),
  try_private: z.boolean().exactOptional().describe('whether it says that it is a bridge; absent: true'),
  max_queued_messages: z
    .int()
    .min(0)
    .exactOptional()
    .describe('of the second broker: what it keeps while the bridge is down'),
  max_inflight_messages: z.int().min(0).max(0xffff).exactOptional(),
  version: version.exactOptional(),
  ...refused({ keepalive_interval: KEEPALIVE }),
})
type BridgeOptions = z.infer<typeof options>

/** On the second broker, and as the will on the first one: `1` while the bridge is up, else `0` (mosquitto.conf(5), notification_topic). */
const stateTopicOf = ({ will }: Pick<ClientContext, 'will'>): string => beside(will.topic, 'state')
const beside = (topic: string, kind: string): string => topic.replace(/(?<![^/])[^/]+$/, kind)

const inSeconds = (length: Duration): number => resolveDuration(length, 0) / 1000

/** The bridge's part of mosquitto.conf. A topic's QoS is the most that it carries. */
export function bridgeText(context: ClientContext<BridgeOptions>): string {
  const { address, clientId, keepaliveS, protocol, will, subscribe, options } = context
  const { restart_timeout: wait, cleansession = false, start_type = 'automatic', try_private = true } = options
  const restartS = wait && ('base' in wait ? [inSeconds(wait.base), inSeconds(wait.cap)] : [inSeconds(wait)])
  return [
    'connection halfopen',
    `address ${address.host}:${address.port}`,
    `topic ${beside(will.topic, 'up')} out 2`,
    ...(subscribe ? [`topic ${subscribe.topic} in ${subscribe.qos}`] : []),
    `remote_clientid ${clientId}`,
    `local_clientid local.${clientId}`,
    `notification_topic ${stateTopicOf(context)}`,
    `keepalive_interval ${keepaliveS}`,
    `bridge_protocol_version ${protocol === 5 ? 'mqttv50' : 'mqttv311'}`,
    `cleansession ${cleansession}`,
    `start_type ${start_type}`,
    `try_private ${try_private}`,
    ...(restartS ? [`restart_timeout ${restartS.join(' ')}`] : []),
    '',
  ].join('\n')
}

function confText(context: ClientContext<BridgeOptions>, port: number): string {
  const { max_queued_messages: queued, max_inflight_messages: inflight } = context.options
  return [
    'allow_anonymous true',
    'persistence false',
    'log_dest stderr',
    ...LOG_TYPES.map(type => `log_type ${type}`),
    'log_timestamp false',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...(queued === undefined ? [] : [`max_queued_messages ${queued}`]),
    ...(inflight === undefined ? [] : [`max_inflight_messages ${inflight}`]),
    `listener ${port} 127.0.0.1`,
    bridgeText(context),
  ].join('\n')
}

/** What its log says of the bridge (src/bridge.c, lib/net_mosq.c and src/loop.c of Mosquitto 2.0 and 2.1). */
const CONNECTING = /^Connecting bridge (?!\(step 2\))/
const TROUBLE =
  /^(?:Error creating bridge|Unable to connect|Client local\.|Socket error on client local\.|Bridge .*(?:fail|error))/i

async function start(context: ClientContext<BridgeOptions>): Promise<StartedClient> {
  const { record, dateOf, clientId } = context
  const binary = await mosquittoPath()
  let attempts = 0
  record({ who: 'client', what: 'started', note: clientId })
  const broker = await startProgram({
    name: 'mosquitto',
    version: await mosquittoVersion(binary),
    read(line, seen) {
      const date = seen && dateOf?.(seen)
      if (CONNECTING.test(line) && ++attempts > 1) record({ who: 'client', what: 'reconnecting', ...date })
      if (TROUBLE.test(line)) record({ who: 'client', what: 'error', note: line, ...date })
      return []
    },
    async prepare({ address, folder }) {
      const file = join(folder, 'mosquitto.conf')
      await writeFile(file, confText(context, address.port))
      return { command: [binary, '-c', file] }
    },
  })
  try {
    const feeder = await feed(context, broker.address)
    return {
      ...(broker.pids && { pids: broker.pids }),
      publish({ topic, qos, payload }, seq) {
        record({ who: 'client', what: 'published', flow: 'up', seq })
        // The second broker's word that it has the message; the bridge has to keep it.
        feeder.publish(topic, payload, { qos }, error => {
          if (!error && qos > 0) record({ who: 'client', what: 'acknowledged', flow: 'up', seq })
        })
      },
      async [Symbol.asyncDispose]() {
        feeder.end(true)
        await broker[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await broker[Symbol.asyncDispose]()
    throw error
  }
}

/** Our own client of the second broker, beside the link: it hands messages over, and hears of the bridge's state and of what came across. */
async function feed(
  context: ClientContext<BridgeOptions>,
  { host, port }: ClientContext['address'],
): Promise<MqttClient> {
  const { record, clientId, subscribe } = context
  const mqtt = await loadModule(resolveModule(undefined, process.cwd()))
  const client = mqtt.connect({ host, port, clientId: `${clientId}f`, reconnectPeriod: 0, timerVariant: 'native' })
  client.on('error', error => record({ who: 'client', what: 'error', note: error.message }))
  let isUp = false
  client.on('message', (topic, payload) => {
    if (topic === stateTopicOf(context)) {
      const wasUp = isUp
      isUp = payload.toString() === '1'
      if (isUp !== wasUp) record({ who: 'client', what: isUp ? 'connected' : 'closed' })
      return
    }
    const numbered = decodePayload(payload)
    if (numbered) record({ who: 'client', what: 'received', ...numbered })
  })
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
  })
  await client.subscribeAsync([stateTopicOf(context), ...(subscribe ? [subscribe.topic] : [])], { qos: 2 })
  return client
}

export const mosquittoBridge: ClientKind<BridgeOptions> = {
  name: 'mosquitto-bridge',
  summary: 'a second Mosquitto that bridges to the broker; `keepalive` is its keepalive_interval, 5 s or more',
  options: options as z.ZodType<BridgeOptions>,
  bridges: true,
  bare: true,
  // src/conf.c: "keepalive interval too low".
  leastKeepaliveS: 5,
  traffic: { publishing: true, receiving: true },
  will: { delay: false, retain: false },
  async available({ version: asked }) {
    const there = await mosquittoAvailable()
    if (there !== true || asked === undefined) return there
    return versionLack('mosquitto', await mosquittoVersion(await mosquittoPath()), asked)
  },
  version: async () => mosquittoVersion(await mosquittoPath()),
  start,
}
