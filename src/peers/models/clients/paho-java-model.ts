import { type ClientProfile, exactly } from './client-model.ts'

/** A timer looks, and says when it looks again: a keep-alive after a PINGREQ, else a keep-alive after what was sent last. */
export const pahoJava: ClientProfile = {
  name: 'paho-java',
  real: 'Eclipse Paho Java (MQTT v3) 1.2.5',
  version: '1.2.5',
  versions: '*',
  source: 'ClientState.java:710-804 checkForActivity; TimerPingSender.java:49-68',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, after: 'earliest', of: ['received'] },
    // While a long message comes in, the broker has to hear of it.
    pingAgain: { k: 1, after: 'earliest', of: ['sent'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
    scheduled: true,
  }),
  honoursServerKeepAlive: false,
  told: 'connectionLost: MqttException 32000 REASON_CODE_CLIENT_TIMEOUT',
}
