/**
 * A client's own will is known by its topic and a short hash of its payload: "online" and "offline" usually share a topic. Evidence
 * never keeps the payload itself.
 */
import { createHash } from 'node:crypto'
import type { IConnectPacket, IPublishPacket } from 'mqtt-packet'
import type { WillSummary } from '../model/event.ts'

/** 32 bits: enough to tell two payloads apart, too few to prove what a long one was. */
const HASH_DIGITS = 8

export const payloadHash = (payload: Buffer | string): string =>
  createHash('sha256').update(payload).digest('hex').slice(0, HASH_DIGITS)

/** All but the payload. */
export function willIn({ will }: IConnectPacket): WillSummary | false {
  if (!will) return false
  const delayS = will.properties?.willDelayInterval
  return {
    topic: will.topic,
    qos: will.qos ?? 0,
    retain: will.retain === true,
    ...(delayS === undefined ? {} : { delayS }),
    payloadHash: payloadHash(will.payload),
  }
}

/** `true`: whoever subscribes can't tell this PUBLISH of the client from its will; else `undefined`. */
export const isLikeWill = ({ topic, payload }: IPublishPacket, will: WillSummary | false | undefined) =>
  will && topic === will.topic && payloadHash(payload) === will.payloadHash ? true : undefined
