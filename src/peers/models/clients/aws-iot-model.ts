import type { KeepaliveRules } from '../keepalive.ts'
import { type ClientProfile, exactly } from './client-model.ts'

const V3: KeepaliveRules = {
  ping: { k: 1, after: 'latest', of: ['ping', 'acknowledged-request'] },
  // ping_timeout_ms, 3 s by default, whatever K is.
  giveUp: { k: 0, ms: 3000, after: 'earliest', of: ['ping'] },
  answer: 'pingresp',
  lookEveryMs: exactly,
}

const V5: KeepaliveRules = {
  ping: { k: 1, after: 'earliest', of: ['ping'] },
  // min(30 s, K/2).
  giveUp: { k: 0.5, mostMs: 30_000, after: 'earliest', of: ['ping'] },
  answer: 'pingresp',
  lookEveryMs: exactly,
}

export const awsIot: ClientProfile = {
  name: 'aws-iot',
  real: 'AWS IoT device SDKs (aws-c-mqtt 0.16)',
  version: '0.16.2',
  versions: '*',
  source: 'source/client.c:34-38,1753-1786,3400-3462; source/v5/mqtt5_client.c:1120-1134,1501-1509',
  rules: protocol => (protocol === 5 ? V5 : V3),
  honoursServerKeepAlive: true,
  // MQTT 5.0 §3.14.2.1: 0x8D, Keep Alive timeout.
  farewell: protocol => (protocol === 5 ? 0x8d : undefined),
  told: 'AWS_ERROR_MQTT_TIMEOUT: ping timeout detected',
  reconnect: { firstMs: 1000, factor: 2, mostMs: 120_000 },
}
