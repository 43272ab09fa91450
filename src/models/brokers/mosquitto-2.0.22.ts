import type { BrokerProfile } from './profile.ts'

export const mosquitto2022: BrokerProfile = {
  name: 'mosquitto-2.0.22',
  family: 'mosquitto',
  real: 'Mosquitto 2.0.21 to 2.0.23, and 2.1 in its default build',
  version: '2.0.22',
  source: 'src/keepalive.c:33-58 keepalive__check; src/handle_connect.c:256-271',
  allowedS: keepaliveS => Math.floor(keepaliveS * 1.5),
  scanS: 1,
  maxKeepaliveS: 0,
  overLimit: 'refuse',
  connectS: 60,
}
