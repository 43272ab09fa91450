/** Questions that several steps put to what was seen. */

import { type Connection, connectionsOf, type Hold, holdsOf } from '../../evidence/connection.ts'
import type { History } from '../../judge/history.ts'
import { milliseconds } from '../../model/duration.ts'
import type { Scenario } from '../../model/scenario.ts'
import { keepaliveMs, type Terms } from './device-line.ts'
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
    device: 1,
    pings: scene.header.client.pings !== false,
    keepaliveMs: keepaliveMs(scene.terms),
    protocol: scene.terms.protocol,
    // What the broker imposed is a remark of its own.
    ownKeepaliveMs: undefined,
    connections: line ? [line] : [],
    holds: hold ? [hold] : [],
    peers: [],
    endMs,
  }
}

/** When the device was connected on it. Where nothing can be read: when it opened it. */
export const upMs = ({ establishedMs, undecoded, openedMs }: Connection): number | undefined =>
  establishedMs ?? (undecoded ? openedMs : undefined)

/** The device's next connection, accepted. */
export const nextLine = (scene: Scene): Connection | undefined =>
  linesOf(scene).find(line => line.conn > scene.conn && upMs(line) !== undefined)
