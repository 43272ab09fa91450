import type { KeepaliveRules } from '../keepalive.ts'
import { type ClientProfile, exactly } from './client-model.ts'

/**
 * Its network thread waits for 1 s at most, and is woken by what it reads and by `publish`. What it writes does not count:
 * `_packet_write` returns from its loop where the queue is empty, before the line that stamps `_last_msg_out`. So it pings every K
 * whatever the traffic.
 */
const RULES: KeepaliveRules = {
  ping: { k: 1, after: 'earliest', of: ['ping', 'received'] },
  giveUp: { k: 1, after: 'earliest', of: ['ping'] },
  answer: 'pingresp',
  pingStampsReceived: true,
  lookEveryMs: exactly,
  cycle: { waitMs: 1000, wokenByWrites: true },
}

const BACKOFF = { firstMs: 1000, factor: 2, mostMs: 120_000 }
const TOLD = 'MQTT_ERR_KEEPALIVE (16), reason code 141: Keep alive timeout'

export const pahoPython: ClientProfile = {
  name: 'paho-python',
  real: 'Eclipse Paho Python 1.6 to 2.1',
  version: '2.1.0',
  versions: '>=1.5.0 <2.2.0',
  source: 'src/paho/mqtt/client.py:3261-3297 _check_keepalive, 3163-3247 _packet_write, 1637-1712 _loop (2.1.0)',
  rules: () => RULES,
  // No use of it in client.py at 2.1.0 (issue #905).
  honoursServerKeepAlive: false,
  told: TOLD,
  reconnect: BACKOFF,
}

/** While bytes come in, as of a large message, it pings again instead of giving up (paho.mqtt.python#914). */
export const pahoPython22: ClientProfile = {
  name: 'paho-python-2.2',
  family: 'paho-python',
  real: 'Eclipse Paho Python 2.2',
  version: '2.2.0',
  versions: '>=2.2.0 <3.0.0',
  source: 'src/paho/mqtt/client.py _check_keepalive, _packet_write (2.2.0)',
  rules: () => ({
    ...RULES,
    giveUp: { k: 1, after: 'earliest', of: ['received'] },
    pingAgain: { k: 1, after: 'earliest', of: ['ping'] },
  }),
  honoursServerKeepAlive: true,
  told: TOLD,
  reconnect: BACKOFF,
}
