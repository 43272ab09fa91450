import type { IClientOptions, MqttClient } from 'mqtt'
import type { Availability } from '../../model/plugin.ts'
import { versionOf } from '../recipes/optional-package.ts'
import type { ClientContext, ClientKind, Message, StartedClient } from './client.ts'
import { loadModule, QUIET, reach, resolveModule } from './mqttjs/mqtt-module.ts'
import { type MqttjsOptions, options } from './mqttjs/options.ts'
import { decodePayload, willPacket } from './payload.ts'

/** MQTT.js as a user's program would start it; the harness only listens to what it tells. */
export async function startMqttjs(context: ClientContext<MqttjsOptions>): Promise<StartedClient> {
  const { module, reconnect, ...given } = context.options
  const mqtt = await loadModule(resolveModule(module, process.cwd()), context.load)
  const { dial } = context
  const way = reach(context.address, context.access, given.wsOptions)
  // What the scenario gives its client stands before what the broker asks of everybody: another user, another CA.
  const options = {
    ...(dial && QUIET),
    ...way,
    ...given,
    ...(reconnect === false && { reconnectPeriod: 0 }),
    ...imposed(context),
  } as IClientOptions
  const { host, port, protocol, wsOptions } = way
  const client = dial
    ? new mqtt.MqttClient(() => dial(), options)
    : mqtt.connect({ ...options, host, port, protocol, ...(wsOptions ? { wsOptions } : {}) })
  listen(client, context)
  return {
    publish: (message, seq) => publish(client, context, message, seq),
    async [Symbol.asyncDispose]() {
      // By force, and without waiting for its callback: over a path that is down a polite goodbye never ends.
      client.end(true)
    },
  }
}

const imposed = ({ clientId, keepaliveS, protocol, will, options }: ClientContext<MqttjsOptions>) => ({
  clientId,
  keepalive: keepaliveS,
  protocolId: 'MQTT',
  protocolVersion: protocol,
  ...willPacket(will, options.properties as IClientOptions['properties']),
  // `auto` is `native` in Node; saying so keeps a bundler's browser globals from deciding otherwise. 4.x has no such option.
  timerVariant: options.timerVariant ?? 'native',
})

function listen(client: MqttClient, { record, subscribe }: ClientContext<MqttjsOptions>): void {
  const tell = (what: 'reconnecting' | 'offline' | 'closed') => () => record({ who: 'client', what })
  const fail = (error: unknown) => record({ who: 'client', what: 'error', note: describeError(error) })

  client.on('connect', connack => {
    const serverKeepAliveS = connack?.properties?.serverKeepAlive
    record({ who: 'client', what: 'connected', ...(serverKeepAliveS === undefined ? {} : { serverKeepAliveS }) })
  })
  client.on('reconnect', tell('reconnecting'))
  client.on('offline', tell('offline'))
  client.on('close', tell('closed'))
  // Without a listener a keep-alive timeout of 5.14 throws from its timer and ends the process.
  client.on('error', fail)
  client.on('disconnect', packet =>
    record({ who: 'client', what: 'log', note: `the broker sent DISCONNECT, reason code ${packet.reasonCode ?? 0}` }),
  )
  client.on('message', (_topic, payload) => {
    const numbered = decodePayload(payload)
    if (numbered) record({ who: 'client', what: 'received', ...numbered })
  })
  if (!subscribe) return
  const { topic, qos } = subscribe
  client.on('connect', () => client.subscribe(topic, { qos }, error => error && fail(error)))
}

function publish(client: MqttClient, { record }: ClientContext, message: Message, seq: number): void {
  const { topic, payload, qos } = message
  record({ who: 'client', what: 'published', flow: 'up', seq })
  client.publish(topic, payload, { qos }, error => {
    // At QoS 0 the callback means "written", which is no acknowledgement.
    if (!error && qos > 0) record({ who: 'client', what: 'acknowledged', flow: 'up', seq })
  })
}

/** `Keepalive timeout`, `connect ECONNREFUSED 127.0.0.1:1883 (ECONNREFUSED)`. MQTT.js puts no secret in its messages. */
function describeError(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string | number }
  return code === undefined ? String(message ?? error) : `${message} (${code})`
}

/** MQTT.js, ours or the one that `module:` names. 5.6 and later give up 1.5K after the last acknowledgement. */
export const mqttjs: ClientKind<MqttjsOptions> = {
  name: 'mqttjs',
  summary: 'MQTT.js, by default our own; the options of mqtt.connect, and `module:` to test another version',
  options,
  runs: ['module'],
  traffic: { publishing: true, receiving: true },
  simulated: true,
  home: import.meta.url,
  preload: async ({ module }) => void (await loadModule(resolveModule(module, process.cwd()))),
  shares: ({ module = 'mqtt' }) => module,
  async available({ module }): Promise<Availability> {
    try {
      resolveModule(module, process.cwd())
      return true
    } catch (error) {
      return { reason: (error as Error).message, remedy: remedyFor(module ?? 'mqtt') }
    }
  },
  version: async ({ module }) => versionOf(resolveModule(module, process.cwd())),
  start: startMqttjs,
}

const remedyFor = (module: string): string =>
  /^(\.{0,2}\/|[a-z]:|file:)/i.test(module)
    ? 'name a file that is there; the path counts from the working directory'
    : `npm install --save-dev ${module}`
