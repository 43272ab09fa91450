/** Questions that several steps put to what was seen. */

import mqttPacket from 'mqtt-packet'
import { DEFAULT_DIALECT } from '../../dialects/index.ts'
import { type Connection, connectionsOf, type Hold, holdsOf } from '../../evidence/connection.ts'
import { crowdOf } from '../../judge/crowd.ts'
import { type History, isMark } from '../../judge/history.ts'
import { milliseconds } from '../../model/duration.ts'
import type { Event, FilterSummary } from '../../model/event.ts'
import type { Scenario } from '../../model/scenario.ts'
import { type DeviceLine, keepaliveMs, type Terms } from './device-line.ts'
import type { Stage } from './device-stage.ts'
import type { Scene } from './step.ts'

const HERE = { file: 'halfopen device', line: 1, column: 1 }

/** The programme in the shape of a scenario, for evidence files and for the checks of scenarios. */
export const scenarioOf = (
  { declaredS, protocol }: Pick<Terms, 'declaredS' | 'protocol'>,
  broker: string,
  untilMs: number,
): Scenario => ({
  name: 'device programme',
  position: HERE,
  broker: { name: broker, options: {} },
  client: { name: 'device', options: {}, keepaliveS: declaredS, protocol, traffic: {}, count: 1 },
  link: { name: 'embedded', options: {}, latency: milliseconds(0), jitter: milliseconds(0) },
  timeline: [],
  expect: [],
  until: milliseconds(untilMs),
})

/** The device's connections, in order of opening. */
export const linesOf = ({ events }: Pick<Scene, 'events'>): readonly Connection[] => connectionsOf(events)

export const lineUnderTest = (scene: Scene): Connection | undefined =>
  linesOf(scene).find(({ conn }) => conn === scene.conn)

/** The step's fault, where it came into force. */
export const holdOf = ({ events, fault }: Pick<Scene, 'events' | 'fault'>): Hold | undefined =>
  holdsOf(events.filter(event => event.what !== 'packet' && 'fault' in event && event.fault === fault))[0]

/** The fault's proof. */
export const touched = ({ events, fault }: Scene): boolean =>
  events.some(event => event.what === 'fault-touched' && event.fault === fault)

/** When the path was healthy again. */
export const liftedMs = ({ events, fault }: Pick<Scene, 'events' | 'fault'>): number | undefined =>
  events.findLast(
    event => event.what === 'fault-lifted' && (event.fault === fault || event.fault?.startsWith(`${fault}/`)),
  )?.atMs

/** The connection under test as the checks of scenarios take it, up to `endMs`. */
export function historyOf(scene: Scene, endMs: number): History {
  const line = lineUnderTest(scene)
  const hold = holdOf(scene)
  return {
    scenario: scene.header.scenario,
    wire: DEFAULT_DIALECT,
    device: 1,
    pings: scene.header.client.pings !== false,
    keepaliveMs: keepaliveMs(scene.terms),
    protocol: scene.terms.protocol,
    // What the broker imposed is a remark of its own.
    ownKeepaliveMs: undefined,
    connections: line ? [line] : [],
    holds: hold ? [hold] : [],
    peers: [],
    crowd: () => crowdOf(scene),
    marks: scene.events.filter(isMark),
    endMs,
  }
}

/** When the device was connected on it. Where nothing can be read: when it opened it. */
export const upMs = ({ establishedMs, undecoded, openedMs }: Connection): number | undefined =>
  establishedMs ?? (undecoded ? openedMs : undefined)

/** The device's next connection, accepted. */
export const nextLine = (scene: Scene): Connection | undefined =>
  linesOf(scene).find(line => line.conn > scene.conn && upMs(line) !== undefined)

/** Messages that halfopen itself sends to the device, as if its broker had. */

/** What a wildcard of a topic filter is filled with. */
const LEVEL = 'halfopen'
/** Brokers count packet identifiers from 1 up, so that this one is not in use: one of 1 to 65,535, 3.1.1 §2.3.1, 5.0 §2.2.1. */
export const MESSAGE_ID = 65_500

/** Whether the device acknowledges that message on this connection. */
export const isPubackOn =
  ({ conn: on }: Pick<DeviceLine, 'conn'>) =>
  (event: Event): boolean =>
    event.what === 'packet' &&
    event.conn === on &&
    event.edge === 'client' &&
    event.flow === 'up' &&
    event.packet.cmd === 'puback' &&
    event.packet.messageId === MESSAGE_ID

/** A topic that this filter takes: 3.1.1 and 5.0 §4.7; of a shared subscription (5.0 §4.8.2) the filter in it. */
const topicFor = (filter: string): string =>
  filter
    .replace(/^\$share\/[^/]*\//, '')
    .split('/')
    .map(level => (level === '+' || level === '#' ? LEVEL : level))
    .join('/')

/** The subscription that messages are sent to: of the highest QoS, since that can be acknowledged. `$SYS` is the broker's own. */
export const chosenFilter = (filters: readonly FilterSummary[]): FilterSummary | undefined =>
  filters.filter(({ topic }) => !topic.startsWith('$SYS')).toSorted((a, b) => b.qos - a.qos)[0]

interface MessageOrder {
  readonly qos: 0 | 1
  /** Of its payload; absent: as long as the payload is. */
  readonly bytes?: number
}

/** The bytes of a PUBLISH to this device; `undefined`: it subscribes to nothing, or the user wants none to be sent. */
export function messageTo(stage: Stage, line: DeviceLine, { qos, bytes }: MessageOrder): Buffer | undefined {
  const { payload: text } = stage.limits
  const filter = chosenFilter(stage.roster.filters)
  if (text === undefined || !filter || stage.roster.tls) return undefined
  const payload = bytes === undefined ? Buffer.from(text) : Buffer.alloc(bytes, text || 'x')
  const protocolVersion = line.terms.protocol
  return mqttPacket.generate(
    {
      cmd: 'publish',
      topic: topicFor(filter.topic),
      payload,
      qos: filter.qos === 0 ? 0 : qos,
      dup: false,
      retain: false,
      ...(filter.qos > 0 && qos > 0 && { messageId: MESSAGE_ID }),
    },
    { protocolVersion },
  )
}

/** What a check of scenarios says of a client, said of the device. `fault`: the name of the one in force. */
export function ofDevice(reason: string, fault?: string): string {
  const told = reason.replace(/\b(the )?client\b/g, 'the device')
  return fault === undefined ? told : told.replaceAll(`${fault} held`, 'the fault').replaceAll(fault, 'the fault')
}
