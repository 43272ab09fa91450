import type { Availability } from '../../model/plugin.ts'
import { type Identity, identityOf } from '../../scenario/peer-identity.ts'
import type { Access } from '../reach/access.ts'
import type { BrokerKind, StartedBroker } from './broker.ts'
import { pemProblem, placeOf } from './external/external-place.ts'
import { type ExternalOptions, options } from './external/options.ts'
import { type Visited, visit } from './external/visit.ts'

/**
 * A broker that runs already, anywhere, and is left as it is: it can't be frozen, killed or configured. Its log is out of
 * reach; what it does is seen by will, taps and, in MQTT 5.0, its DISCONNECT.
 */
export const external: BrokerKind<ExternalOptions> = {
  name: 'external',
  nameless: true,
  summary: 'a broker that runs already, at any URL: mqtt, mqtts, ws or wss, with user, CA or client certificate',
  options,
  files: ['ca', 'cert', 'key'],
  shares: true,
  protocols: [4, 5],
  can: new Set(),
  access,
  available,
  version: async given => saidOf(given)?.version ?? 'unknown',
  start,
}

/** `undefined` where it can't be told; `available` says why. */
function access(given: ExternalOptions): Access | undefined {
  try {
    return placeOf(given).access
  } catch {
    return undefined
  }
}

/** Found out before anything starts, so that no peer is blamed for a broker that is not there. */
async function available(given: ExternalOptions): Promise<Availability> {
  try {
    const place = placeOf(given)
    const problem = await pemProblem(place.access)
    if (problem !== undefined) return { reason: problem }
    const found = await visit(place)
    if (!contradicts(saidOf(given), found)) return true
    return {
      reason: `the broker says that it is ${found.name} ${found.version}, and the scenario that it is ${given.is}`,
    }
  } catch (error) {
    return { reason: (error as Error).message }
  }
}

const saidOf = ({ is }: ExternalOptions): Identity | undefined => (is === undefined ? undefined : identityOf(is))

const contradicts = (said: Identity | undefined, { name, version }: Visited): boolean =>
  said !== undefined &&
  name !== undefined &&
  (name !== said.family || (said.version !== 'unknown' && version !== 'unknown' && version !== said.version))

async function start(given: ExternalOptions): Promise<StartedBroker> {
  const place = placeOf(given)
  const found = await visit(place)
  const said = saidOf(given)
  const family = said?.family ?? found.name
  const version = said && said.version !== 'unknown' ? said.version : found.version
  return {
    ...place,
    version,
    ...(family === undefined ? {} : { family }),
    watch: () => () => {},
    async [Symbol.asyncDispose]() {},
  }
}
