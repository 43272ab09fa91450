import { type ClientProfile, exactly } from './profile.ts'

export const pahoPython: ClientProfile = {
  name: 'paho-python',
  real: 'Eclipse Paho Python 1.6 and 2.1',
  version: '2.1.0',
  source: 'src/paho/mqtt/client.py:3261-3297 _check_keepalive, 2140-2170 loop_misc; measured 2K + 0.01 s',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, after: 'earliest', of: ['ping'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  // No use of it in client.py at 2.1.0 (issue #905).
  honoursServerKeepAlive: false,
  told: 'MQTT_ERR_KEEPALIVE (16), reason code 141: Keep alive timeout',
  reconnect: { firstMs: 1000, factor: 2, mostMs: 120_000 },
}
