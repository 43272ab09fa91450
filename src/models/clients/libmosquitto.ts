import { type ClientProfile, exactly } from './profile.ts'

/** Its clock counts whole seconds, so with traffic each step may come up to 1 s early or late; idle, it is exact. */
export const libmosquitto: ClientProfile = {
  name: 'libmosquitto',
  real: 'libmosquitto 2.0 and 2.1',
  version: '2.0.22',
  source: 'lib/util_mosq.c:55-121 mosquitto__check_keepalive (2.1.2); measured 2K + 0.01 s with 2.0.11',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, after: 'earliest', of: ['ping'] },
    answer: 'pingresp',
    lookEveryMs: exactly,
  }),
  honoursServerKeepAlive: true,
  told: 'MOSQ_ERR_KEEPALIVE (19): Keepalive exceeded',
  reconnect: { firstMs: 1000, factor: 1, mostMs: 1000 },
}
