import { z } from 'zod'
import { realClock } from '../../../clock/real.ts'
import { version } from '../../../model/schema.ts'
import type { BrokerKind } from '../../brokers/broker.ts'
import { serve } from '../../brokers/serve.ts'
import { type ModelBrokerOptions, modelBroker } from './broker.ts'
import type { BrokerProfile } from './profile.ts'

export const options = z.strictObject({
  max_keepalive: z.number().int().min(0).max(65_535).exactOptional().describe('as in mosquitto.conf, in seconds'),
  phaseS: z
    .number()
    .min(0)
    .exactOptional()
    .describe('where its scan for silent clients stands at the start, in seconds; random where absent'),
  version: version.exactOptional(),
})

/** The model of a broker as its profile says. */
export const modelOf = (profile: BrokerProfile): BrokerKind<ModelBrokerOptions> => ({
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
