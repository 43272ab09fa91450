import type { IConnectPacket } from 'mqtt-packet'
import type { Flow } from '../../model/flow.ts'
import type { Will } from './client.ts'

/** What a message of ours says of itself, so that it is known again at the other end, in whatever order it arrives. */
export interface Numbered {
  readonly flow: Flow
  /** From 1. */
  readonly seq: number
}

const SHAPE = /^halfopen (up|down) ([1-9]\d*)(?: \.*)?$/

/** `halfopen up 17`, padded with dots to `bytes` where that is longer. */
export function encodePayload({ flow, seq }: Numbered, bytes = 0): Buffer {
  const text = `halfopen ${flow} ${seq}`
  return Buffer.from(bytes > text.length ? `${text} `.padEnd(bytes, '.') : text)
}

/** `undefined` where the payload is none of ours. */
export function decodePayload(payload: Uint8Array): Numbered | undefined {
  const [, flow, seq] = SHAPE.exec(Buffer.from(payload).toString('latin1')) ?? []
  return flow === 'up' || flow === 'down' ? { flow, seq: Number(seq) } : undefined
}

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
