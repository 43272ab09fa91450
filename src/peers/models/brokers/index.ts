import { registry } from '../../../model/plugin.ts'
import { inRange } from '../../../timing/version.ts'
import type { BrokerKind } from '../../brokers/broker.ts'
import { modelOf } from './broker-model.ts'
import type { BrokerProfile } from './broker-profile.ts'
import { mosquitto2011, mosquitto2018, mosquitto2022 } from './mosquitto-versions.ts'

export const brokerProfiles: readonly BrokerProfile[] = [mosquitto2011, mosquitto2018, mosquitto2022]

/**
 * The model that plays the part of a real broker where that one can't run: the newest behaviour, where a family has several, and
 * by `ofVersion` that of any version that somebody looked into.
 */
export function standInFor(broker: string): BrokerKind | undefined {
  const family = brokerProfiles.filter(profile => profile.family === broker)
  const newest = family.at(-1)
  if (!newest) return undefined
  return {
    ...(modelOf(newest) as BrokerKind),
    ofVersion(version) {
      const profile = family.find(({ versions }) => inRange(version, versions))
      return profile && (modelOf({ ...profile, version }) as BrokerKind)
    },
  }
}

/** Brokers whose real code can't run in this process, by their keep-alive. For the simulated lab and for real sockets. */
export const brokerModels = registry<BrokerKind>(brokerProfiles.map(profile => modelOf(profile) as BrokerKind))
