import { generate, type Packet } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { mqttBytes } from '../../src/captures/mqtt-bytes.ts'
import { summarize } from '../../src/mqtt/observer.ts'

const CONNECT = { cmd: 'connect', clientId: 'pump-7', keepalive: 60, clean: true } as const

/** What clients and brokers send, with what the evidence does not keep. */
const PACKETS: readonly (readonly [name: string, protocol: 4 | 5, packet: object])[] = [
  ['CONNECT', 4, CONNECT],
  ['CONNECT with user and password', 4, { ...CONNECT, username: 'ada', password: Buffer.from('secret') }],
  [
    'CONNECT with a will and a user',
    4,
    {
      ...CONNECT,
      username: 'ada',
      will: { topic: 'gone', qos: 1, retain: true, payload: Buffer.from('x'.repeat(200)) },
    },
  ],
  ['CONNECT', 5, { ...CONNECT, properties: { sessionExpiryInterval: 30, receiveMaximum: 20 } }],
  ['CONNACK', 4, { cmd: 'connack', returnCode: 0, sessionPresent: true }],
  ['CONNACK', 5, { cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { serverKeepAlive: 30 } }],
  [
    'CONNACK with more',
    5,
    {
      cmd: 'connack',
      reasonCode: 0,
      sessionPresent: false,
      properties: { assignedClientIdentifier: 'auto-1', receiveMaximum: 10 },
    },
  ],
  ['PUBLISH', 4, { cmd: 'publish', topic: 'a/b', qos: 0, retain: false, dup: false, payload: 'twelve bytes' }],
  ['PUBLISH of 20 kB', 4, { cmd: 'publish', topic: 'a/b', qos: 1, messageId: 9, payload: Buffer.alloc(20_000) }],
  ['PUBLISH', 5, { cmd: 'publish', topic: 'a/b', qos: 1, messageId: 9, payload: '', properties: { topicAlias: 1 } }],
  ['PUBACK', 4, { cmd: 'puback', messageId: 3 }],
  ['PUBACK', 5, { cmd: 'puback', messageId: 3, reasonCode: 16 }],
  [
    'SUBSCRIBE',
    4,
    {
      cmd: 'subscribe',
      messageId: 4,
      subscriptions: [
        { topic: 'a/#', qos: 1 },
        { topic: 'b', qos: 0 },
      ],
    },
  ],
  ['SUBACK', 4, { cmd: 'suback', messageId: 4, granted: [1, 128] }],
  ['UNSUBSCRIBE', 4, { cmd: 'unsubscribe', messageId: 5, unsubscriptions: ['a/#'] }],
  ['UNSUBACK', 4, { cmd: 'unsuback', messageId: 5 }],
  ['PINGREQ', 4, { cmd: 'pingreq' }],
  ['PINGRESP', 5, { cmd: 'pingresp' }],
  ['DISCONNECT', 4, { cmd: 'disconnect' }],
  ['DISCONNECT', 5, { cmd: 'disconnect', reasonCode: 141 }],
]

test.each(PACKETS)('%s of protocol %i is made again in its length, and reads as the same', (_, protocol, packet) => {
  const whole = { ...packet, ...('clientId' in packet ? { protocolId: 'MQTT', protocolVersion: protocol } : {}) }
  const bytes = generate(whole as unknown as Packet, { protocolVersion: protocol })
  const summary = summarize(bytes, bytes.length, { protocolVersion: protocol })
  const made = mqttBytes(summary, protocol)
  expect(made).toHaveLength(bytes.length)
  // A payload is made of zeros, so a will's hash is another one.
  const { payloadHash } = { payloadHash: '', ...summary.will }
  const again = summarize(made ?? Buffer.alloc(0), bytes.length, { protocolVersion: protocol })
  expect({ ...again, ...(again.will && { will: { ...again.will, payloadHash } }) }).toEqual(summary)
  expect(made?.includes('secret')).toBe(false)
})
