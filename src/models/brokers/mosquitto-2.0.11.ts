import type { BrokerProfile } from './profile.ts'

export const mosquitto2011: BrokerProfile = {
  name: 'mosquitto-2.0.11',
  family: 'mosquitto',
  real: 'Mosquitto 2.0.0 to 2.0.20 (Debian 12 has 2.0.11)',
  version: '2.0.11',
  source: 'src/keepalive.c keepalive__check; measured K=10: 15.0 to 20.5 s',
  allowedS: keepaliveS => Math.floor(keepaliveS * 1.5),
  // `last_keepalive_check + 5 < now_s`: every sixth second.
  scanS: 6,
  maxKeepaliveS: 65_535,
  overLimit: 'clamp',
  connectS: 60,
}
