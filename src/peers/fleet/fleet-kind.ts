import type { ClientKind } from '../clients/client.ts'
import { type FleetOptions, options, profileOf } from './fleet-options.ts'
import { startFleet } from './start-fleet.ts'

/** Of a fleet so many are recorded packet by packet: enough to see how devices differ, and a few thousand events. */
const RECORDED = 16
/** Client ids have room for six digits beside the run's (peers/clients/client-identity.ts), and this fills 64 processes of 20,000 files. */
const MOST = 200_000

/**
 * Thousands of devices that live and die together: state machines with the keep-alive and the reconnects of a library, each on a
 * socket of its own. They don't publish.
 */
export const fleet: ClientKind<FleetOptions> = {
  name: 'fleet',
  summary: 'thousands of devices on raw sockets, with the keep-alive and the reconnects of a library (`like`); models',
  model: true,
  options,
  traffic: { publishing: false, receiving: false },
  simulated: true,
  schemes: ['mqtt'],
  bare: true,
  familyOf: ({ like }) => like,
  available: async () => true,
  version: async given => (given.like === undefined ? 'built in' : profileOf(given).version),
  fleet: { most: MOST, recorded: RECORDED, connectsMs: ({ rate }, count) => (count * 1000) / rate, start: startFleet },
  start: () => Promise.reject(new Error('a fleet is started as a whole')),
}
