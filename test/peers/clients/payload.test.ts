import { describe, expect, it } from 'vitest'
import {
  clientIdOf,
  clientIdPrefix,
  deviceOf,
  placeOfTopic,
  topicOf,
} from '../../../src/peers/clients/client-identity.ts'
import { decodePayload, encodePayload } from '../../../src/peers/clients/payload.ts'

describe('a message of ours', () => {
  it('is known again by its payload, padded or not', () => {
    expect(encodePayload({ flow: 'up', seq: 17 }).toString()).toBe('halfopen up 17')
    for (const bytes of [0, 15, 16, 200]) {
      const payload = encodePayload({ flow: 'down', seq: 9 }, bytes)
      expect(payload.length).toBe(Math.max(bytes, 'halfopen down 9'.length))
      expect(decodePayload(payload)).toEqual({ flow: 'down', seq: 9 })
    }
  })

  it.each(['', 'halfopen up', 'halfopen up 0', 'halfopen side 1', 'halfopen up 1x', 'halfopen up 1 x'])(
    'is none of ours: %j',
    text => expect(decodePayload(Buffer.from(text))).toBeUndefined(),
  )
})

describe('the identity of a client under test', () => {
  it('is an id that every server takes: at most 23 letters, digits and dashes', () => {
    expect(clientIdOf('abcdefgh', 12)).toBe('ho-abcdefgh-12')
    expect(() => clientIdOf('a-run-id-that-is-too-long', 1)).toThrow(RangeError)
    expect(() => clientIdOf('a b', 1)).toThrow(RangeError)
  })

  it('is found again in client ids and topics, and only in those of its run', () => {
    expect(deviceOf('r1', clientIdOf('r1', 10))).toBe(10)
    expect(clientIdOf('r1', 10).startsWith(clientIdPrefix('r1'))).toBe(true)
    expect(deviceOf('r1', clientIdOf('r12', 10))).toBeUndefined()
    expect(deviceOf('r1', 'ho-r1-x')).toBeUndefined()
    expect(placeOfTopic('r1', topicOf('r1', 3, 'will'))).toEqual({ device: 3, kind: 'will' })
    expect(placeOfTopic('r1', topicOf('r2', 3, 'will'))).toBeUndefined()
    expect(placeOfTopic('r1', 'halfopen/r1/3/will/more')).toBeUndefined()
  })
})
