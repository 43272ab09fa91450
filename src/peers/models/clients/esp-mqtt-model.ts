import { type ClientProfile, exactly } from './client-model.ts'

/** It looks once in each poll of 1 s at most; facts give no phase, so here it is exact. */
export const espMqtt: ClientProfile = {
  name: 'esp-mqtt',
  real: 'ESP-IDF esp-mqtt 1.1',
  version: '1.1.0',
  versions: '*',
  source: 'mqtt_client.c:787-816 process_keepalive, 1813-1822, 997-1009',
  rules: () => ({
    ping: { k: 0.5, after: 'earliest', of: ['pingresp'] },
    giveUp: { k: 1, after: 'earliest', of: ['pingresp'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: true,
  told: 'MQTT_EVENT_DISCONNECTED: No PING_RESP, disconnected',
  reconnect: { firstMs: 10_000, factor: 1, mostMs: 10_000 },
}
