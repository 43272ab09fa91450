import type { BrokerProfile } from './broker-profile.ts'

const family = 'mosquitto'
/** src/handle_connect.c: whole seconds, rounded down. */
const allowedS = (keepaliveS: number): number => Math.floor(keepaliveS * 1.5)

/** It looks for silent clients every sixth second, `last_keepalive_check + 5 < now_s`. */
export const mosquitto2011: BrokerProfile = {
  name: 'mosquitto-2.0.11',
  family,
  real: 'Mosquitto 2.0.0 to 2.0.13 (Debian 12 has 2.0.11)',
  version: '2.0.11',
  versions: '>=2.0.0 <2.0.14',
  source: 'src/keepalive.c keepalive__check; measured K=10: 15.0 to 20.5 s',
  allowedS,
  scanS: 6,
  maxKeepaliveS: 65_535,
  overLimit: 'clamp',
  connectS: 60,
}

/** As before, but max_keepalive has no limit by default, and refuses. Read in 2.0.18; of 2.0.14 to 2.0.17 only the clock is known. */
export const mosquitto2018: BrokerProfile = {
  ...mosquitto2011,
  name: 'mosquitto-2.0.18',
  real: 'Mosquitto 2.0.14 to 2.0.20',
  version: '2.0.18',
  versions: '>=2.0.14 <2.0.21',
  source: 'src/keepalive.c keepalive__check; src/conf.c max_keepalive',
  maxKeepaliveS: 0,
  overLimit: 'refuse',
}

/** A wheel of one second. */
export const mosquitto2022: BrokerProfile = {
  ...mosquitto2018,
  name: 'mosquitto-2.0.22',
  real: 'Mosquitto 2.0.21 to 2.0.23, and 2.1 in its default build',
  version: '2.0.22',
  versions: '>=2.0.21 <3.0.0',
  source: 'src/keepalive.c:33-58 keepalive__check; src/handle_connect.c:256-271',
  scanS: 1,
}
