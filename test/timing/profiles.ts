import type { BrokerMeasurement, ClientMeasurement } from '../../src/model/profile.ts'

const HEAD = {
  profile: 1,
  version: '1.2',
  measured: '2026-11-22T10:00:00Z',
  halfopen: '0.1.0',
  keepalivesS: [2, 4, 6],
  samples: 12,
  granularityMs: 0,
  spreadMs: 30,
} as const

/** A device that pings every K and gives up 1.25K after the last answer: no library that anybody knows. */
export const device = (more: Partial<ClientMeasurement> = {}): ClientMeasurement => ({
  ...HEAD,
  role: 'client',
  name: 'my-device',
  ping: { k: 1, ms: 0, spreadMs: 5 },
  afterAnswer: { k: 1.25, ms: 200, spreadMs: 30 },
  serverKeepAlive: 'unknown',
  told: 'error: connection lost',
  ...more,
})

/** A broker that closes 1.6K after the last packet, at its next look, every half second. */
export const gateway = (more: Partial<BrokerMeasurement> = {}): BrokerMeasurement => ({
  ...HEAD,
  role: 'broker',
  name: 'my-broker',
  afterLastPacket: { k: 1.6, ms: 0, spreadMs: 530 },
  granularityMs: 500,
  ...more,
})
