import type { BrokerKind } from '../../brokers/broker.ts'
import { registry } from '../../model/plugin.ts'
import { modelOf } from './kind.ts'
import { mosquitto2011 } from './mosquitto-2.0.11.ts'
import { mosquitto2022 } from './mosquitto-2.0.22.ts'
import type { BrokerProfile } from './profile.ts'

export const brokerProfiles: readonly BrokerProfile[] = [mosquitto2011, mosquitto2022]

/** The model that plays the part of a real broker where that one can't run: the newest behaviour, where a family has several. */
const STAND_INS: ReadonlyMap<string, BrokerProfile> = new Map([['mosquitto', mosquitto2022]])

export function standInFor(broker: string): BrokerKind | undefined {
  const profile = STAND_INS.get(broker)
  return profile && brokerModels.get(profile.name)
}

/** Brokers whose real code can't run in this process, by their keep-alive. For the simulated lab and for real sockets. */
export const brokerModels = registry<BrokerKind>(brokerProfiles.map(profile => modelOf(profile) as BrokerKind))
