import type { MeasuredPeer } from '../../../src/figures/measured-peer.ts'

/** Known to a thousandth of K and to 4 ms. */
export const line = (k: number, ms: number, spreadMs: number, within = 0.001) => ({
  k,
  ms,
  spreadMs,
  withinK: within,
  withinMs: 4000 * within,
})

const HEAD = {
  version: '5.16.0',
  date: '2026-11-22T10:00:00.000Z',
  halfopen: '0.1.0',
  keepalivesS: [2, 4],
  samples: 8,
  falseAlarms: { runs: 12, lost: 0 },
  doubts: [],
}

/** As the measurement of MQTT.js 5.16 comes out. */
export const mqttjs = (more: Partial<MeasuredPeer> = {}): MeasuredPeer => ({
  ...HEAD,
  role: 'client',
  name: 'mqttjs',
  afterAnswer: line(1.50004, 0.33, 8.2),
  ping: line(1, 0.4, 1),
  whilePublishing: line(1.5, 1, 4),
  serverKeepAlive: 'honoured',
  told: 'error Keepalive timeout',
  spreadMs: 8.2,
  ...more,
})

/** As that of a broker which looks every six seconds. */
export const mosquitto = (more: Partial<MeasuredPeer> = {}): MeasuredPeer => ({
  ...HEAD,
  role: 'broker',
  name: 'mosquitto',
  version: '2.0.11',
  samples: 100,
  afterLastPacket: line(1.5, 50, 6600),
  granularityMs: 6600,
  granularityWithinMs: 150,
  spreadMs: 6600,
  scanMs: 6000,
  ...more,
})

/** Without this figure. */
export function without(measured: MeasuredPeer, figure: keyof MeasuredPeer): MeasuredPeer {
  const { [figure]: _, ...rest } = measured
  return rest as MeasuredPeer
}
