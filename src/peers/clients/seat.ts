import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock/clock.ts'
import type { Kit } from '../../clock/kit.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { Access } from '../reach/access.ts'
import type { ClientSeat } from './client.ts'
import { clientIdOf, topicOf } from './identity.ts'

/** How a lab's clients reach the link. */
export interface Way {
  readonly address: Address
  readonly access?: Access
  readonly dial?: () => Duplex
  readonly enter?: ClientSeat['enter'] & {}
  readonly clock?: Clock
  readonly load?: (file: string) => Promise<unknown>
}

/** What a scenario's client with this number is started with, in whatever lab: identity, will, subscription, record. */
export function seatOf(scenario: Scenario, kit: Pick<Kit, 'record' | 'runId'>, device: number, way: Way): ClientSeat {
  const { keepaliveS, protocol, options, traffic, will = {} } = scenario.client
  const { receiving } = traffic
  return {
    ...way,
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
            topic: topicOf(kit.runId, device, 'down'),
            qos: receiving.qos,
            ...(receiving.size !== undefined && { size: receiving.size }),
          },
        }
      : {}),
  }
}
