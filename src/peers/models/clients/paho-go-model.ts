import type { ClientProfile } from './client-model.ts'

/** Options.PingTimeout; not a function of K. */
const PING_TIMEOUT_MS = 10_000

export const pahoGo: ClientProfile = {
  name: 'paho-go',
  real: 'Eclipse Paho Go (paho.mqtt.golang) 1.5',
  version: '1.5.1',
  versions: '>=1.4.4 <2.0.0',
  source:
    'ping.go:32-78 keepalive; options.go:139-145; measured K=12: pings at 15 and 30 s, closed at 45 s, one time in three at 40 s',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 0, ms: PING_TIMEOUT_MS, after: 'earliest', of: ['ping'] },
    answer: 'pingresp',
    lookEveryMs: keepaliveMs => (keepaliveMs > 10_000 ? 5000 : keepaliveMs / 4),
    strict: true,
  }),
  // The library speaks 3.1.1 only.
  honoursServerKeepAlive: false,
  told: 'OnConnectionLost: pingresp not received, disconnecting',
  reconnect: { firstMs: 1000, factor: 2, mostMs: 600_000 },
}
