import { type ClientMeasurement, MEASURED } from '../../../model/profile.ts'
import type { ClientKind } from '../../clients/client.ts'
import { type KeepaliveRules, NO_PROFILE } from '../keepalive.ts'
import { type ClientProfile, exactly, modelOf, options } from './client-model.ts'

/** A client that does what a profile says that it was seen to do: `client: { name: measured, profile: FILE }`. */
export const measuredClient: ClientKind = {
  name: MEASURED,
  summary: 'model of a client, made of its measured profile (halfopen calibrate)',
  model: true,
  simulated: true,
  options,
  traffic: { publishing: true, receiving: true },
  available: async () => NO_PROFILE,
  version: async () => 'unknown',
  start: () => Promise.reject(new Error(NO_PROFILE.reason)),
  ofProfile: profile => modelOf(profileFrom(profile)) as ClientKind,
}

export function profileFrom(measured: ClientMeasurement): ClientProfile {
  const { name, version, measured: date, serverKeepAlive, told = 'the keep-alive timed out' } = measured
  return {
    name: MEASURED,
    family: name,
    real: `${name} ${version}`,
    version,
    versions: version,
    source: `measured ${date}`,
    rules: () => rulesFrom(measured),
    honoursServerKeepAlive: serverKeepAlive === 'honoured',
    told,
  }
}

/**
 * The figures themselves, and nothing that was not measured. What the interval of the pings counts from can't be told from
 * outside, so it pings at that interval whatever the traffic; except that one which was never seen to give up while it
 * published is taken to start anew with each packet that it writes, as MQTT.js 4 does.
 */
function rulesFrom({ ping, afterAnswer, granularityMs, whilePublishing }: ClientMeasurement): KeepaliveRules {
  const looks = { answer: 'pingresp' as const, lookEveryMs: granularityMs > 0 ? () => granularityMs : exactly }
  if (whilePublishing === 'never')
    return {
      ...looks,
      pingsBetweenLooks: true,
      ping: { k: ping.k, ms: ping.ms, after: 'earliest', of: ['sent'] },
      giveUp: { k: afterAnswer.k - ping.k, ms: afterAnswer.ms - ping.ms, after: 'earliest', of: ['sent'] },
    }
  return {
    ...looks,
    pingsBetweenLooks: true,
    ping: { k: ping.k, ms: ping.ms, after: 'earliest', of: ['ping'] },
    giveUp: { k: afterAnswer.k, ms: afterAnswer.ms, after: 'earliest', of: ['pingresp'] },
  }
}
