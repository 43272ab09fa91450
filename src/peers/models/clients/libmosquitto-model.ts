import { type ClientProfile, exactly } from './client-model.ts'

/**
 * Its clock counts whole seconds, and its loop waits for 1 s at most: with traffic each step may come up to 1 s early; idle, it is
 * exact.
 */
export const libmosquitto: ClientProfile = {
  name: 'libmosquitto',
  real: 'libmosquitto 2.0 and 2.1',
  version: '2.0.22',
  versions: '>=2.0.0 <3.0.0',
  source:
    'lib/util_mosq.c:55-121 mosquitto__check_keepalive, lib/loop.c:110-118 (2.1.2); measured with 2.0.11: idle 2K + 0.04 s',
  rules: () => ({
    ping: { k: 1, after: 'earliest', of: ['sent', 'received'] },
    giveUp: { k: 1, after: 'earliest', of: ['ping'] },
    answer: 'pingresp',
    pingStampsReceived: true,
    wholeSeconds: true,
    lookEveryMs: exactly,
    cycle: { waitMs: 1000, wokenByWrites: true },
  }),
  honoursServerKeepAlive: true,
  told: 'MOSQ_ERR_KEEPALIVE (19): Keepalive exceeded',
  reconnect: { firstMs: 1000, factor: 1, mostMs: 1000 },
}
