import { type ClientProfile, exactly } from './client-model.ts'

export const hivemq: ClientProfile = {
  name: 'hivemq',
  real: 'HiveMQ MQTT Client (Java) 1.4',
  version: '1.4.0',
  versions: '*',
  source: 'internal/mqtt/handler/ping/MqttPingHandler.java:49-142; MqttConnectHandler.java:250-252',
  rules: () => ({
    ping: { k: 1, ms: -100, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, ms: -100, after: 'earliest', of: ['ping'] },
    // PINGRESP_REQUIRED is false.
    answer: 'any',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: true,
  told: 'ConnectionClosedException: Timeout while waiting for PINGRESP',
}
