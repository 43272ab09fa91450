import { generate, type IConnectPacket, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { newSession, PacketObserver } from '../../src/mqtt/observer.ts'
import { connect, publish, streamOf } from './packets.ts'

const observe = (stream: Buffer, session = newSession()) => new PacketObserver(session).push(stream)

describe('the observer', () => {
  it('says what a CONNECT asks for, and never who with', () => {
    const stream = streamOf([connect(4)], 4)
    const seen = observe(stream)
    expect(seen).toEqual([
      {
        packet: {
          cmd: 'connect',
          clientId: 'device-1',
          keepaliveS: 30,
          protocolVersion: 4,
          clean: true,
          will: { topic: 'will', qos: 0, retain: false, payloadHash: '715dc849' },
          bytes: stream.length,
        },
      },
    ])
    expect(JSON.stringify(seen)).not.toMatch(/alice|secret|private/)
  })

  it('says of a PUBLISH whether it looks like the will, and of no other', () => {
    const say = (topic: string, payload: string) => ({ ...publish(payload), topic }) as Packet
    const packets = [connect(4), say('will', 'private'), say('will', 'online'), say('wills', 'private')]
    const seen = observe(streamOf(packets, 4))
    expect(seen.map(each => 'packet' in each && each.packet.likeWill)).toEqual([undefined, true, undefined, undefined])
  })

  it('says that a CONNECT registers no will, and when one is due in MQTT 5.0', () => {
    const willOf = (packet: Packet, version: 4 | 5) => {
      const [seen] = observe(streamOf([packet], version))
      return seen && 'packet' in seen ? { will: seen.packet.will, sessionExpiryS: seen.packet.sessionExpiryS } : seen
    }
    const { will: _, ...bare } = connect(4) as IConnectPacket
    expect(willOf(bare, 4)).toEqual({ will: false, sessionExpiryS: undefined })
    const delayed: IConnectPacket = {
      ...bare,
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 90 },
      will: {
        topic: 'gone',
        payload: Buffer.from('private'),
        qos: 2,
        retain: true,
        properties: { willDelayInterval: 30, userProperties: { token: 'private' } },
      },
    }
    const seen = willOf(delayed, 5)
    expect(seen).toEqual({
      will: { topic: 'gone', qos: 2, retain: true, delayS: 30, payloadHash: '715dc849' },
      sessionExpiryS: 90,
    })
    expect(JSON.stringify(seen)).not.toContain('private')
  })

  it('reads what a 5.0 broker makes of id and session, and what a DISCONNECT says of it', () => {
    const session = newSession()
    observe(streamOf([connect(5)], 5), session)
    const read = (packet: Packet) => observe(generate(packet, { protocolVersion: 5 }), session)
    const properties = { assignedClientIdentifier: 'auto-7', sessionExpiryInterval: 10 }
    expect(read({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties })).toMatchObject([
      { packet: { clientId: 'auto-7', sessionExpiryS: 10 } },
    ])
    expect(read({ cmd: 'disconnect', reasonCode: 4, properties: { sessionExpiryInterval: 5 } })).toMatchObject([
      { packet: { cmd: 'disconnect', code: 4, sessionExpiryS: 5 } },
    ])
  })

  it('sees a ping in a chunk of its own, and none in two such bytes of a payload', () => {
    const observer = new PacketObserver(newSession())
    const ping = Buffer.from([0xc0, 0])
    expect(observer.push(ping)).toEqual([{ packet: { cmd: 'pingreq', bytes: 2 } }])
    expect(observer.push(Buffer.from([0xd0, 0]))).toEqual([{ packet: { cmd: 'pingresp', bytes: 2 } }])
    const stream = streamOf([publish(Buffer.concat([ping, ping]))], 4)
    expect(observer.push(stream.subarray(0, -4))).toEqual([])
    expect(observer.push(ping)).toEqual([])
    expect(observer.push(ping)).toMatchObject([{ packet: { cmd: 'publish', bytes: stream.length } }])
  })

  it('sees no ping after damage', () => {
    const observer = new PacketObserver(newSession())
    expect(observer.push(Buffer.from([0, 0]))).toMatchObject([{ undecoded: expect.any(String) }])
    expect(observer.push(Buffer.from([0xc0, 0]))).toEqual([])
  })

  it('reads CONNACK by the version that the other flow announced', () => {
    const session = newSession()
    observe(streamOf([connect(5)], 5), session)
    const connack = generate(
      { cmd: 'connack', reasonCode: 0, sessionPresent: true, properties: { serverKeepAlive: 17 } },
      { protocolVersion: 5 },
    )
    const packet = { cmd: 'connack', code: 0, sessionPresent: true, serverKeepAliveS: 17, bytes: connack.length }
    expect(observe(connack, session)).toEqual([{ packet }])
  })

  it("takes a 3.1.1 broker's refusal of a 5.0 client", () => {
    const session = newSession()
    observe(streamOf([connect(5)], 5), session)
    const seen = observe(Buffer.from([0x20, 2, 0, 1]), session)
    expect(seen).toEqual([{ packet: { cmd: 'connack', code: 1, sessionPresent: false, bytes: 4 } }])
  })

  it('keeps id, QoS and DUP of what is acknowledged, and no payload', () => {
    const seen = observe(
      streamOf([{ ...publish('top secret', 1), dup: true } as never, { cmd: 'puback', messageId: 7 }], 4),
    )
    expect(seen).toEqual([
      { packet: { cmd: 'publish', topic: 'a/b', qos: 1, dup: true, messageId: 7, bytes: 19 } },
      { packet: { cmd: 'puback', messageId: 7, bytes: 4 } },
    ])
  })

  it('reports a packet at its last byte', () => {
    const observer = new PacketObserver(newSession())
    expect(observer.push(Buffer.from([0xd0]))).toEqual([])
    expect(observer.push(Buffer.from([0]))).toEqual([{ packet: { cmd: 'pingresp', bytes: 2 } }])
  })

  it.each([
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0]), 'looks like TLS'],
    [
      'a CONNECT of another protocol',
      Buffer.from([0x10, 6, 0, 4, 0x48, 0x54, 0x54, 0x50]),
      'CONNECT: Invalid protocolId',
    ],
    ['a PINGREQ with a body', Buffer.from([0xc0, 1, 0]), 'PINGREQ with a body'],
  ])('reports %s once, and then stays quiet', (_what, bytes, undecoded) => {
    const observer = new PacketObserver(newSession())
    expect(observer.push(Buffer.concat([bytes, Buffer.from([0xc0, 0])]))).toEqual([{ undecoded }])
    expect(observer.push(Buffer.from([0xc0, 0]))).toEqual([])
  })

  it('sums a PUBLISH of 256 MB up without keeping it', () => {
    const observer = new PacketObserver(newSession())
    const payload = Buffer.alloc(1024 * 1024)
    const head = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 3, 0x61, 0x2f, 0x62, 0, 9])
    const totalBytes = 5 + 268_435_455
    observer.push(head)
    const before = process.memoryUsage().arrayBuffers
    let seen: ReturnType<PacketObserver['push']> = []
    let peakBytes = 0
    for (let left = totalBytes - head.length; left > 0; left -= payload.length) {
      seen = observer.push(payload.subarray(0, Math.min(left, payload.length)))
      peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before)
    }
    expect(seen).toEqual([
      { packet: { cmd: 'publish', topic: 'a/b', qos: 1, dup: false, messageId: 9, bytes: totalBytes } },
    ])
    expect(peakBytes).toBeLessThan(4 * 1024 * 1024)
  })

  it('says what the fixed header tells of a SUBSCRIBE that is too long to keep', () => {
    const subscriptions = Array.from({ length: 3000 }, (_, n) => ({
      topic: `a/long/topic/number/${n}`,
      qos: 1 as const,
    }))
    const stream = streamOf([{ cmd: 'subscribe', messageId: 3, subscriptions }, { cmd: 'pingreq' }], 4)
    const bytes = stream.length - 2
    expect(bytes).toBeGreaterThan(68 * 1024)
    expect(observe(stream)).toMatchObject([{ packet: { cmd: 'subscribe', bytes } }, { packet: { cmd: 'pingreq' } }])
  })

  it('hears a CONNECT out, however long', () => {
    const will = { topic: 'w', payload: Buffer.alloc(65_000), qos: 0 as const, retain: false }
    const long = { ...connect(4), password: Buffer.alloc(65_000), will } as never
    expect(observe(streamOf([long], 4))).toMatchObject([{ packet: { cmd: 'connect', keepaliveS: 30 } }])
  })
})
