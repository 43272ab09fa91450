import { type BrokerMeasurement, MEASURED } from '../../../model/profile.ts'
import type { BrokerKind } from '../../brokers/broker.ts'
import { NO_PROFILE } from '../keepalive.ts'
import { modelOf, options } from './broker-model.ts'
import type { BrokerProfile } from './broker-profile.ts'

/** A broker that does what a profile says that it was seen to do: `broker: { name: measured, profile: FILE }`. */
export const measuredBroker: BrokerKind = {
  name: MEASURED,
  summary: 'model of a broker, made of its measured profile (halfopen calibrate)',
  model: true,
  options,
  protocols: [4, 5],
  can: new Set(),
  available: async () => NO_PROFILE,
  version: async () => 'unknown',
  start: () => Promise.reject(new Error(NO_PROFILE.reason)),
  ofProfile: profile => modelOf(profileFrom(profile)) as BrokerKind,
}

/** It looks for silent clients at its own interval, from a moment of its own; where that is 0, just when one is due. */
export function profileFrom(measured: BrokerMeasurement): BrokerProfile {
  const { name, version, measured: date, afterLastPacket, granularityMs, scanMs = granularityMs } = measured
  return {
    name: MEASURED,
    family: name,
    real: `${name} ${version}`,
    version,
    versions: version,
    source: `measured ${date}`,
    fine: true,
    allowedS: keepaliveS => afterLastPacket.k * keepaliveS + afterLastPacket.ms / 1000,
    scanS: scanMs / 1000,
    // None of these is measured: no limit, and a minute for the CONNECT.
    maxKeepaliveS: 0,
    overLimit: 'refuse',
    connectS: 60,
  }
}
