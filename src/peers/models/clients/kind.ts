import { z } from 'zod'
import { version } from '../../../model/schema.ts'
import type { ClientKind } from '../../clients/client.ts'
import { ModelClient, type ModelClientOptions } from './client.ts'
import type { ClientProfile } from './profile.ts'

export const options = z.strictObject({
  reconnect: z
    .boolean()
    .exactOptional()
    .describe('whether it comes back after a lost connection; default: as the family does'),
  version: version.exactOptional(),
})

/** The model of a client as its profile says. */
export const modelOf = (profile: ClientProfile): ClientKind<ModelClientOptions> => ({
  name: profile.name,
  ...(profile.family === undefined ? {} : { family: profile.family }),
  summary: `model of the keep-alive of ${profile.real}`,
  model: true,
  simulated: true,
  options,
  traffic: { publishing: true, receiving: true },
  available: async () => true,
  version: async () => profile.version,
  start: async seat => new ModelClient(profile, seat),
})
