import type { Duplex } from 'node:stream'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Clock } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import { ownMs } from '../clock/real.ts'
import type { Address } from '../link/kinds/link.ts'
import type { WillSummary } from '../model/event.ts'
import type { Scenario } from '../model/scenario.ts'
import { payloadHash } from '../mqtt/will.ts'
import { placeOfTopic, shareOf, topicFilter } from '../peers/clients/client-identity.ts'
import { loadModule, QUIET, reach, resolveModule } from '../peers/clients/mqttjs/mqtt-module.ts'
import { decodePayload } from '../peers/clients/payload.ts'
import type { Access } from '../peers/reach/access.ts'
import type { Witness } from './lab.ts'

export interface WitnessContext {
  readonly record: Record
  readonly runId: string
  /** Where the broker listens. */
  readonly address: Address
  /** What the broker asks for besides. */
  readonly access?: Access
  /** Instead of `address`, where there is no network: a new connection at each call. */
  readonly dial?: () => Duplex
  /** Where time is real: without it a broker that says nothing is waited for for ever. */
  readonly clock?: Clock
  /** Of how many clients it is the other member of a shared subscription; absent: of none. */
  readonly shares?: number
  /** Absent: 4. What it publishes expires in 5 only. */
  readonly protocol?: 5
  /** How to load MQTT.js; absent: by `import`. */
  readonly load?: (file: string) => Promise<unknown>
}

/**
 * Tried in turn where the broker refuses the CONNECT: some limit the keep-alive (Aedes keepaliveLimit, CONNACK 6; mosquitto
 * max_keepalive, CONNACK 2) and refuse none at all too. The longest first, so that its pings disturb nobody.
 */
const KEEPALIVES_S = [65_535, 60, 10, 2, 1]
/** A broker that was killed and restarted has forgotten the witness: it must be back before anything happens. */
const RECONNECT_MS = 50
/** A frozen broker answers when it thaws; until then a new attempt would only queue behind the old one. */
const CONNACK_LIMIT_MS = 10_000
const SUBACK_LIMIT_MS = 10_000

/** What the scenario's traffic asks of its witness. */
export const witnessFor = ({ client: { traffic, count } }: Scenario): Pick<WitnessContext, 'shares' | 'protocol'> => ({
  ...(traffic.receiving?.share && { shares: count }),
  ...(traffic.receiving?.expiryS !== undefined && { protocol: 5 }),
})

/** Resolves once it is subscribed to every will and every message up of this run. */
export async function startWitness(context: WitnessContext): Promise<Witness> {
  let refusal: unknown
  for (const keepaliveS of KEEPALIVES_S) {
    const client = await open(context, keepaliveS)
    const outcome = await firstOutcome(client)
    if (outcome === 'connected') return await watching(client, context)
    client.end(true)
    refusal = outcome
    if (!isRefusal(outcome)) break
  }
  throw new Error(`the witness can't connect to the broker: ${(refusal as Error).message}`)
}

async function open(
  { address, access, dial, runId, load, protocol, clock }: WitnessContext,
  keepaliveS: number,
): Promise<MqttClient> {
  // Loaded here and not at start-up, because the simulation's timers must be in place first.
  const mqtt = await loadModule(resolveModule(undefined, process.cwd()), load)
  const options: IClientOptions = {
    clientId: `how-${runId}`,
    keepalive: keepaliveS,
    protocolVersion: protocol ?? 4,
    protocolId: 'MQTT',
    clean: true,
    reconnectPeriod: RECONNECT_MS,
    // Done here, so that it is known when it is subscribed again.
    resubscribe: false,
    connectTimeout: clock ? ownMs(clock, CONNACK_LIMIT_MS) : CONNACK_LIMIT_MS,
    timerVariant: 'native',
  }
  return dial
    ? new mqtt.MqttClient(() => dial() as never, { ...options, ...QUIET })
    : mqtt.connect({ ...options, ...reach(address, access) })
}

const firstOutcome = (client: MqttClient): Promise<'connected' | Error> =>
  new Promise(resolve => {
    client.once('connect', () => resolve('connected'))
    client.on('error', resolve)
  })

/** MQTT.js gives a refused CONNECT the CONNACK's code. */
const isRefusal = (outcome: unknown): boolean => typeof (outcome as { code?: unknown }).code === 'number'

async function watching(client: MqttClient, { record, runId, clock, shares = 0 }: WitnessContext): Promise<Witness> {
  const wills = new OwnWills()
  client.on('message', (topic, payload, { retain }) => {
    const place = placeOfTopic(runId, topic)
    // A retained one is of earlier: to a subscription that stands a message goes without the flag, 3.1.1 [MQTT-3.3.1-9].
    const device = retain ? undefined : wills.deviceOf(topic, payload)
    if (device !== undefined) record({ who: 'witness', what: 'will', device })
    const numbered = decodePayload(payload)
    if (place?.kind === 'will') record({ who: 'witness', what: 'will', device: place.device })
    else if (place && numbered) record({ who: 'witness', what: 'received', device: place.device, ...numbered })
  })
  const topic = topicFilter(runId, 'will')
  const shared = Array.from({ length: shares }, (_, i) => shareOf(runId, i + 1))
  const topics = [topic, topicFilter(runId, 'up'), ...shared]
  const subscribe = () => client.subscribeAsync(topics, { qos: 2 })
  await (clock ? inTime(subscribe(), clock) : subscribe()).catch(error => {
    client.end(true)
    throw error
  })
  record({ who: 'witness', what: 'subscribed', topic })
  tellAbsences(client, record, () => subscribe().then(() => record({ who: 'witness', what: 'subscribed', topic })))
  return {
    publish({ topic, payload, qos, expiryS }, seq) {
      const device = placeOfTopic(runId, topic)?.device
      const place = device === undefined ? {} : { device }
      record({ who: 'witness', what: 'published', flow: 'down', seq, ...place })
      const properties = expiryS === undefined ? {} : { properties: { messageExpiryInterval: expiryS } }
      client.publish(topic, payload, { qos, ...properties }, error => {
        // At QoS 0 the callback means "written", which is no acknowledgement.
        if (!error && qos > 0) record({ who: 'witness', what: 'acknowledged', flow: 'down', seq, ...place })
      })
    },
    watch(device, will) {
      const { topic } = will
      if (placeOfTopic(runId, topic) || topic === '' || /[+#]/.test(topic)) return
      const others = wills.add(device, will)
      if (others === 'known') return
      const body = { who: 'witness', what: 'subscribed', topic } as const
      if (others === 'shared') record({ ...body, note: 'several clients have the same will there' })
      // What the broker refuses stays unwatched, and a verdict says so.
      else
        client.subscribeAsync(topic, { qos: 2 }).then(
          () => {
            topics.push(topic)
            record({ ...body, device })
          },
          () => {},
        )
    },
    async [Symbol.asyncDispose]() {
      client.end(true)
    },
  }
}

/** It sees nothing from the loss of its connection until it has subscribed again. */
function tellAbsences(client: MqttClient, record: Record, subscribe: () => Promise<void>): void {
  let isThere = true
  client.on('close', () => {
    if (isThere && !client.disconnecting) record({ who: 'witness', what: 'closed' })
    isThere = false
  })
  client.on('connect', () =>
    subscribe().then(
      () => {
        isThere = true
      },
      // A connection that ends before the SUBACK is followed by another one.
      () => {},
    ),
  )
}

/** The wills that clients registered on topics of their own, and whose each is. */
class OwnWills {
  readonly #devices = new Map<string, Set<number>>()

  /** `shared`: another client has the same, so that nobody can tell whose a message is. */
  add(device: number, { topic, payloadHash: hash }: WillSummary): 'new' | 'known' | 'shared' {
    const key = `${hash} ${topic}`
    const devices = this.#devices.get(key) ?? new Set()
    if (devices.has(device)) return 'known'
    this.#devices.set(key, devices.add(device))
    return devices.size === 1 ? 'new' : 'shared'
  }

  deviceOf(topic: string, payload: Buffer): number | undefined {
    if (this.#devices.size === 0) return undefined
    const devices = this.#devices.get(`${payloadHash(payload)} ${topic}`)
    return devices?.size === 1 ? [...devices][0] : undefined
  }
}

async function inTime(subscribed: Promise<unknown>, clock: Clock): Promise<unknown> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const words = `the broker does not let the witness subscribe: no SUBACK within ${SUBACK_LIMIT_MS / 1000} s`
    cancel = clock.at(clock.nowMs() + ownMs(clock, SUBACK_LIMIT_MS), () => reject(new Error(words)))
  })
  return Promise.race([subscribed, late]).finally(() => cancel())
}
