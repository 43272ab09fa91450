import { type ClientProfile, exactly } from './profile.ts'

export const pahoJava: ClientProfile = {
  name: 'paho-java',
  real: 'Eclipse Paho Java (MQTT v3) 1.2.5',
  version: '1.2.5',
  source: 'ClientState.java:710-804 checkForActivity; TimerPingSender.java',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, after: 'latest', of: ['ping', 'received'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: false,
  told: 'connectionLost: MqttException 32000 REASON_CODE_CLIENT_TIMEOUT',
}
