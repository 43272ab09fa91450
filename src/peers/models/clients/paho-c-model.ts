import type { ClientProfile } from './client-model.ts'

/** The thread that reads waits for 1 s in poll(2), and 0.1 s more where nothing came. */
const CYCLE_MS = 1100

/**
 * Its asynchronous client (MQTTAsync). The rule is the same, to the letter, in 1.3.12, 1.3.13 and 1.3.14; it is looked at when the
 * receiving thread comes round, at most every K/10: so each step is rounded up to whole cycles.
 */
export const pahoC: ClientProfile = {
  name: 'paho-c',
  real: 'Eclipse Paho C 1.3.14 and 1.3.15, MQTTAsync',
  version: '1.3.15',
  versions: '>=1.3.14 <2.0.0',
  source:
    'src/MQTTProtocolClient.c:713-795 MQTTProtocol_keepalive (1.3.15); src/MQTTAsyncUtils.c MQTTAsync_retry, MQTTAsync_cycle (1.3.14)',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1.5, after: 'latest', of: ['ping', 'received'] },
    answer: 'pingresp',
    lookEveryMs: keepaliveMs => Math.min(Math.max(keepaliveMs / 10, 100), 5000),
    cycle: { waitMs: CYCLE_MS },
  }),
  // Since #1421.
  honoursServerKeepAlive: true,
  // MQTTClient_closeSession writes a normal DISCONNECT: where it still gets through, the broker drops the will.
  farewell: () => 0,
  told: 'connectionLost: PINGRESP not received in keepalive interval',
}

/** Debian 12 has 1.3.12. */
export const pahoC1312: ClientProfile = {
  ...pahoC,
  real: 'Eclipse Paho C 1.3.12 and 1.3.13, MQTTAsync',
  version: '1.3.12',
  versions: '>=1.3.12 <1.3.14',
  source:
    'src/MQTTProtocolClient.c:700-778 MQTTProtocol_keepalive, src/MQTTAsyncUtils.c:2752-2768 MQTTAsync_retry, 2982-3152 MQTTAsync_cycle (1.3.12); measured: 5.51, 16.57 and 20.96 s for K = 2, 6 and 8 s',
  honoursServerKeepAlive: false,
}

/** Its rule was another: the answer within K. 1.3.11, which pinged only where both ways were silent (#1276), has no model. */
export const pahoC138: ClientProfile = {
  ...pahoC1312,
  real: 'Eclipse Paho C 1.3.8 to 1.3.10, MQTTAsync',
  version: '1.3.10',
  versions: '>=1.3.8 <1.3.11',
  source:
    'src/MQTTProtocolClient.c MQTTProtocol_keepalive, src/MQTTAsyncUtils.c MQTTAsync_cycle (1.3.8, 1.3.10); not measured',
  rules: () => ({ ...pahoC.rules(4), giveUp: { k: 1, after: 'earliest', of: ['ping'] } }),
}
