import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dialects, wireOf } from '../../src/dialects/index.ts'
import type { PacketSummary } from '../../src/model/event.ts'
import { FLOWS, type Flow } from '../../src/model/flow.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { newConversation, type Seen, StreamReader } from '../../src/websocket/stream-reader.ts'
import { run, type Setting } from '../evidence/builder.ts'
import { outcome } from '../judge/checks/verdicts.ts'

/** Frames as the specification has them, §4.2.3: type, channel 0, size, payload, end. */
function frame(type: number, payload: Buffer = Buffer.alloc(0), end = 0xce): Buffer {
  const head = Buffer.from([type, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([end])])
}
const method = (klass: number, id: number, args: Buffer = Buffer.alloc(0)): Buffer =>
  frame(1, Buffer.concat([Buffer.from([0, klass, 0, id]), args]))
const tune = (id: 30 | 31, heartbeatS: number) => method(10, id, Buffer.from([0, 0, 0, 2, 0, 0, 0, heartbeatS]))
const text = (value: string): Buffer => {
  const head = Buffer.from([0x53, 0, 0, 0, value.length])
  return Buffer.concat([head, Buffer.from(value)])
}
const entry = (name: string, value: Buffer) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), value])
const table = (...entries: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(entries)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

const HEARTBEAT = frame(8)
const START_OK = method(
  10,
  11,
  table(
    entry('capabilities', Buffer.concat([Buffer.from('F'), table(entry('connection_name', text('a decoy')))])),
    entry('flag', Buffer.from([0x74, 1])),
    entry('connection_name', text('lamp')),
  ),
)
const UP = [
  Buffer.from('AMQP\0\0\t\u0001', 'latin1'),
  START_OK,
  tune(31, 5),
  method(10, 40),
  HEARTBEAT,
  frame(3, Buffer.alloc(300_000)),
]
const DOWN = [method(10, 10), tune(30, 60), method(10, 41), HEARTBEAT, method(10, 50, Buffer.from([1, 64]))]

const sized = (bytes: Buffer, fields: Omit<PacketSummary, 'bytes'>) => ({ packet: { ...fields, bytes: bytes.length } })
const UP_SEEN = [
  sized(UP[0] as Buffer, { cmd: 'amqp:protocol-header' }),
  sized(START_OK, { cmd: 'amqp:connection.start-ok', clientId: 'lamp' }),
  sized(tune(31, 5), { cmd: 'amqp:connection.tune-ok', keepaliveS: 5 }),
  sized(method(10, 40), { cmd: 'amqp:connection.open' }),
  sized(HEARTBEAT, { cmd: 'amqp:heartbeat' }),
  { packet: { cmd: 'amqp:body', bytes: 300_008 } },
]

/** Both flows of one connection, each cut into pieces at these places. */
function read(bytes: Readonly<Record<Flow, Buffer>>, sizes: readonly number[]): Record<Flow, Seen[]> {
  const talk = newConversation()
  const seen: Record<Flow, Seen[]> = { up: [], down: [] }
  for (const flow of FLOWS) {
    const reader = new StreamReader(talk, flow)
    for (let from = 0, i = 0; from < bytes[flow].length; i++) {
      const size = sizes[i % sizes.length] ?? 1
      seen[flow].push(...reader.push(bytes[flow].subarray(from, from + size)))
      from += size
    }
  }
  return seen
}

describe('AMQP on the wire', () => {
  test('is read in any chunking, told from MQTT by its first byte, and gives the interval that was agreed on', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 }), sizes => {
        const seen = read({ up: Buffer.concat(UP), down: Buffer.concat(DOWN) }, sizes)
        expect(seen.up).toEqual(UP_SEEN)
        expect(seen.down.map(each => ('packet' in each ? each.packet.cmd : each))).toEqual([
          'amqp:connection.start',
          'amqp:connection.tune',
          'amqp:connection.open-ok',
          'amqp:heartbeat',
          'amqp:connection.close',
        ])
        expect(seen.down[2]).toMatchObject({ packet: { serverKeepAliveS: 5 } })
        expect(seen.down[4]).toMatchObject({ packet: { code: 320 } })
      }),
    ))

  test('that is damaged is said once, and nothing is read after it', () => {
    const broken = Buffer.concat([UP[0] as Buffer, frame(8, Buffer.alloc(0), 0xcd), HEARTBEAT])
    expect(read({ up: broken, down: Buffer.alloc(0) }, [4]).up.slice(1)).toEqual([
      { undecoded: 'an AMQP frame that does not end with 0xCE' },
    ])
  })

  test('whatever comes, the reader neither throws nor stands in the way', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (noise, size) => {
        const up = Buffer.concat([UP[0] as Buffer, START_OK.subarray(0, 30), noise])
        expect(read({ up, down: Buffer.from(noise) }, [size]).up.length).toBeGreaterThan(0)
      }),
    ))
})

test.each([...dialects.values()].flatMap(({ name, reading }) => (reading ? [{ name, reading }] : [])))(
  'no other dialect is opened as $name is, nor by any beginning of it, and its own introduction opens it',
  ({ name, reading }) => {
    const { first } = reading.introduction({ clientId: 'lamp', keepaliveS: 2 })
    expect(reading.opens(first)).toBe(true)
    const others = [...dialects.values()].filter(each => each.name !== name)
    for (let bytes = 1; bytes <= first.length; bytes++) {
      const start = first.subarray(0, bytes)
      expect(reading.opens(start)).not.toBe(false)
      expect(others.filter(each => each.reading?.opens(start))).toEqual([])
    }
  },
)

test('a packet tells its dialect', () => {
  expect([wireOf({ cmd: 'amqp:heartbeat' }).name, wireOf({ cmd: 'pingreq' }).name]).toEqual(['amqp', 'mqtt'])
})

/** K = 2 s; both sides beat each second or so until the path dies at 5000, the last octets of each at 4000. */
function halfOpen(setting: Setting = {}, { heartbeats = true } = {}) {
  const peers = { broker: { name: 'rabbitmq-amqp', version: '3.10.8' }, client: { name: 'amqplib', version: '2.3.1' } }
  const made = run({ ...peers, ...setting })
    .opens(-30)
    .up(-20, 'amqp:connection.start-ok', { clientId: 'lamp' })
    .up(-10, 'amqp:connection.tune-ok', { keepaliveS: 2 })
    .down(0, 'amqp:connection.open-ok', { serverKeepAliveS: 2 })
  for (const atMs of heartbeats ? [1000, 2000, 3000, 4000] : [])
    made.up(atMs, 'amqp:heartbeat').down(atMs, 'amqp:heartbeat')
  return made
}
const cut = (check: string) =>
  halfOpen({ expect: [check] })
    .fault('blackhole', 5000)
    .packet(5500, 'client', 'up', 'amqp:heartbeat')

describe('the windows of AMQP', () => {
  test.each([
    [7899, 'fail'],
    [7900, 'pass'],
    [11_000, 'pass'],
    [11_001, 'fail'],
  ])('broker-drops-client: 2K to 3K after the last octet, %i ms: %s', (atMs, expected) =>
    expect(outcome(cut('broker-drops-client').end(atMs, 'broker', 'broker').ended(14_000)).result).toBe(expected),
  )

  test.each([
    [6899, 'fail'],
    [6900, 'pass'],
    [12_000, 'pass'],
    [12_001, 'fail'],
  ])('client-gives-up: 1K to 3K after the path died, %i ms: %s', (atMs, expected) =>
    expect(outcome(cut('client-gives-up').end(atMs, 'client', 'client').ended(14_000)).result).toBe(expected),
  )

  test('a client that closes though the broker has just been heard has not noticed a dead peer', () => {
    const { result, reason } = outcome(
      halfOpen({ expect: ['client-gives-up'] })
        .down(6900, 'amqp:heartbeat')
        .fault('blackhole', 5000)
        .end(7000, 'client', 'client')
        .ended(14_000),
    )
    expect([result, reason]).toEqual([
      'fail',
      expect.stringContaining('the broker had been heard 100 ms (0.05K) before'),
    ])
  })

  test('pings-on-time: a client without heartbeats is dropped, by the name of its duty', () => {
    const { result, reason } = outcome(
      halfOpen({ expect: ['pings-on-time'] }, { heartbeats: false })
        .end(4500, 'broker', 'broker')
        .ended(6000),
    )
    expect([result, reason]).toEqual(['fail', expect.stringContaining('client sent nothing for')])
  })

  test('a broker that owed a heartbeat before the fault makes the run inconclusive', () => {
    const { result, reason } = outcome(
      halfOpen({ expect: ['broker-drops-client'] }, { heartbeats: false })
        .up(1000, 'amqp:heartbeat')
        .up(2500, 'amqp:heartbeat')
        .up(4000, 'amqp:heartbeat')
        .fault('blackhole', 5000)
        .end(9000, 'broker', 'broker')
        .ended(14_000),
    )
    expect([result, reason]).toEqual([
      'inconclusive',
      expect.stringContaining('the broker sent nothing for longer than'),
    ])
  })
})

test('a scenario pairs peers of one dialect, and asks nothing that means nothing in it', () => {
  const load = (client: string, expects: string, more = '') =>
    loadScenarioText(
      `name: a\nbroker: rabbitmq-amqp\nclient: { name: ${client}, keepalive: 2s }\n${more}expect: [${expects}]\nuntil: 9s\n`,
      'a.yaml',
      vocabulary,
    ).problems.map(({ message }) => message)
  expect(load('amqplib', 'stays-connected')).toEqual([])
  expect(load('mqttjs', 'stays-connected')).toEqual(['mqttjs speaks MQTT, and rabbitmq-amqp speaks AMQP 0-9-1'])
  expect(
    load('amqplib', 'will-published', 'timeline: [{ at: 1s, fault: { swallow: { packets: [pingreq] } } }]\n'),
  ).toEqual([
    'the fault swallow is one of MQTT, and rabbitmq-amqp speaks AMQP 0-9-1',
    'the check will-published is one of MQTT, and rabbitmq-amqp speaks AMQP 0-9-1',
  ])
})
