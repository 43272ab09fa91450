import { z } from 'zod'
import type { BrokerKind } from '../../brokers/broker.ts'
import { serve } from '../../brokers/serve.ts'
import { realClock } from '../../clock/real.ts'
import { registry } from '../../model/plugin.ts'
import { type ModelBrokerOptions, modelBroker } from './broker.ts'
import { mosquitto2011 } from './mosquitto-2.0.11.ts'
import { mosquitto2022 } from './mosquitto-2.0.22.ts'
import type { BrokerProfile } from './profile.ts'

const options = z.strictObject({
  max_keepalive: z.number().int().min(0).max(65_535).exactOptional().describe('as in mosquitto.conf, in seconds'),
  phaseS: z
    .number()
    .min(0)
    .exactOptional()
    .describe('where its scan for silent clients stands at the start, in seconds; random where absent'),
})

const modelOf = (profile: BrokerProfile): BrokerKind<ModelBrokerOptions> => ({
  name: profile.name,
  family: profile.family,
  summary: `model of the keep-alive of ${profile.real}`,
  model: true,
  options,
  protocols: [4, 5],
  can: new Set(),
  available: async () => true,
  version: async () => profile.version,
  start: async given => serve(modelBroker(profile, given, realClock())),
  embed: async (given, clock) => modelBroker(profile, given, clock),
})

export const brokerProfiles: readonly BrokerProfile[] = [mosquitto2011, mosquitto2022]

/** The model that plays the part of a real broker where that one can't run: the newest behaviour, where a family has several. */
const STAND_INS: ReadonlyMap<string, BrokerProfile> = new Map([['mosquitto', mosquitto2022]])

export function standInFor(broker: string): BrokerKind | undefined {
  const profile = STAND_INS.get(broker)
  return profile && brokerModels.get(profile.name)
}

/** Brokers whose real code can't run in this process, by their keep-alive. For the simulated lab and for real sockets. */
export const brokerModels = registry<BrokerKind>(brokerProfiles.map(profile => modelOf(profile) as BrokerKind))
