import type { IConnectPacket } from 'mqtt-packet'
import type { Will } from './client.ts'

/**
 * The will, as a CONNECT of mqtt-packet and of MQTT.js takes it; with a delay also a session that outlasts its connection as long:
 * without one the will would go out at once (MQTT 5.0 §3.1.3.2.2). What the scenario says of the session itself stands.
 */
export function willPacket(
  { topic, payload, qos, retain = false, delayS }: Will,
  properties: IConnectPacket['properties'] = {},
): Pick<IConnectPacket, 'will' | 'properties'> {
  const more = { ...(delayS !== undefined && { sessionExpiryInterval: delayS }), ...properties }
  return {
    will: { topic, payload, qos, retain, ...(delayS !== undefined && { properties: { willDelayInterval: delayS } }) },
    ...(Object.keys(more).length > 0 && { properties: more }),
  }
}
