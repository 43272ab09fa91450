import type { ClientProfile } from './profile.ts'

export const pahoC: ClientProfile = {
  name: 'paho-c',
  real: 'Eclipse Paho C 1.3.12 to 1.3.15',
  version: '1.3.15',
  source: 'src/MQTTProtocolClient.c:713-795 MQTTProtocol_keepalive; MQTTClient.c:1524-1534',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1.5, after: 'latest', of: ['ping', 'received'] },
    answer: 'pingresp',
    lookEveryMs: keepaliveMs => Math.min(Math.max(keepaliveMs / 10, 100), 5000),
  }),
  honoursServerKeepAlive: true,
  // MQTTClient_closeSession writes a normal DISCONNECT: where it still gets through, the broker drops the will.
  farewell: () => 0,
  told: 'connectionLost: PINGRESP not received in keepalive interval',
}
