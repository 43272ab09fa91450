import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock/clock.ts'
import type { Kit } from '../../clock/kit.ts'
import { isReal, type MachineDate, onClock } from '../../clock/real.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { Access } from '../reach/access.ts'
import type { ClientContext } from './client.ts'

/** MQTT 3.1.1 [MQTT-3.1.3-5]: every server must accept ids of 1 to 23 of these bytes; some accept no others. */
const LONGEST_ID = 23
const ID = /^[0-9A-Za-z-]+$/

/** What the ids of a run's clients under test begin with; the device's number follows, and nothing else. */
export const clientIdPrefix = (runId: string): string => `ho-${runId}-`

/** Throws where a broker could refuse the id for its length or letters. */
export function clientIdOf(runId: string, device: number): string {
  const id = `${clientIdPrefix(runId)}${device}`
  if (id.length > LONGEST_ID || !ID.test(id))
    throw new RangeError(`not an MQTT client id that every broker takes: ${id}`)
  return id
}

/** The number of the client under test, from 1; `undefined` for any other client. */
export function deviceOf(runId: string, clientId: string): number | undefined {
  const prefix = clientIdPrefix(runId)
  const rest = clientId.slice(prefix.length)
  return clientId.startsWith(prefix) && /^[1-9]\d*$/.test(rest) ? Number(rest) : undefined
}

/** The three topics of a device. Each run has its own, since brokers are shared. */
type TopicKind = 'will' | 'up' | 'down'

export const topicOf = (runId: string, device: number, kind: TopicKind): string => `halfopen/${runId}/${device}/${kind}`

/** The shared subscription to what is published to a device; its share name is the run's own. */
export const shareOf = (runId: string, device: number): string => `$share/halfopen/${topicOf(runId, device, 'down')}`

/** A subscription to that topic of every device of the run. */
export const topicFilter = (runId: string, kind: TopicKind): string => `halfopen/${runId}/+/${kind}`

interface TopicPlace {
  readonly device: number
  readonly kind: TopicKind
}

/** `undefined` for a topic that is none of this run's. */
export function placeOfTopic(runId: string, topic: string): TopicPlace | undefined {
  const [root, run, device, kind, ...rest] = topic.split('/')
  if (root !== 'halfopen' || run !== runId || rest.length > 0 || !/^[1-9]\d*$/.test(device ?? '')) return undefined
  return kind === 'will' || kind === 'up' || kind === 'down' ? { device: Number(device), kind } : undefined
}

/** How a lab's clients reach the link. */
export interface ClientPath {
  readonly address: Address
  readonly access?: Access
  readonly dial?: () => Duplex
  readonly enter?: ClientContext['enter'] & {}
  readonly clock?: Clock
  readonly faster?: true
  readonly dialect?: string
  readonly load?: (file: string) => Promise<unknown>
}

/** What a scenario's client with this number is started with, in whatever lab: identity, will, subscription, record. */
export function contextOf(
  scenario: Scenario,
  kit: Pick<Kit, 'record' | 'runId' | 'clock'>,
  device: number,
  way: ClientPath,
): ClientContext {
  const { keepaliveS, protocol, options, traffic, will = {} } = scenario.client
  const { receiving } = traffic
  const { clock } = kit
  return {
    ...way,
    ...(isReal(clock) && { dateOf: (seen: MachineDate) => onClock(clock, seen) }),
    record: event => kit.record({ device, ...event }),
    options,
    clientId: clientIdOf(kit.runId, device),
    keepaliveS,
    protocol,
    will: {
      topic: topicOf(kit.runId, device, 'will'),
      // The will is evidence, and must not be lost between broker and witness.
      qos: will.qos ?? 1,
      payload: Buffer.from('halfopen will'.padEnd(will.size ?? 0, '.')),
      ...(will.retain && { retain: true }),
      ...(will.delayS && { delayS: will.delayS }),
    },
    ...(receiving
      ? {
          subscribe: {
            topic: receiving.share ? shareOf(kit.runId, device) : topicOf(kit.runId, device, 'down'),
            qos: receiving.qos,
            ...(receiving.size !== undefined && { size: receiving.size }),
          },
        }
      : {}),
  }
}
