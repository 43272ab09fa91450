import { type ClientProfile, exactly } from './client-model.ts'

/** Every write sets its one timer again: while the application writes more often than K, it never finds out. */
export const mqttjs4: ClientProfile = {
  name: 'mqttjs-4',
  family: 'mqttjs',
  real: 'MQTT.js 4.x and 5.0 to 5.5.4',
  version: '4.3.8',
  versions: '>=4.0.0 <5.5.5',
  source: 'v5.0.0 client.ts:1897 _shiftPingInterval in _writePacket, 2050-2095 _checkPing; #682, #1855',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent'] },
    giveUp: { k: 1, after: 'earliest', of: ['sent'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: true,
  told: 'offline',
  reconnect: { firstMs: 1000, factor: 1, mostMs: 1000 },
}
