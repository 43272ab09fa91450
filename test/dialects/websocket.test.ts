import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openedBy, wireOf } from '../../src/dialects/index.ts'
import { FLOWS, type Flow } from '../../src/model/flow.ts'
import { readServer } from '../../src/peers/brokers/websocket-servers.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { frameOf, OPCODES } from '../../src/websocket/frame-splitter.ts'
import { newConversation, type Seen, StreamReader } from '../../src/websocket/stream-reader.ts'
import { run, type Setting } from '../evidence/builder.ts'
import { outcome } from '../judge/checks/verdicts.ts'

const MASK = Buffer.from([1, 2, 3, 4])
const frame = (flow: Flow, opcode: number, payload = '', fin = true): Buffer =>
  frameOf({ opcode, fin, rsv1: false, mask: flow === 'up' ? MASK : undefined }, Buffer.from(payload))
const ASKED = '?token=sesame&clientid=lamp&keepalive=5'
const request = (lines = '', asked = ASKED) => Buffer.from(`GET /chat${asked} HTTP/1.1\r\nHost: there\r\n${lines}\r\n`)
const RESPONSE = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')
const REFUSAL = Buffer.from('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')

/** Both flows of one connection, each cut into pieces at these places. */
function read(bytes: Readonly<Record<Flow, Buffer>>, sizes: readonly number[] = [10_000]): Record<Flow, Seen[]> {
  const talk = newConversation()
  const seen: Record<Flow, Seen[]> = { up: [], down: [] }
  for (const flow of FLOWS) {
    const reader = new StreamReader(talk, flow)
    for (let from = 0, i = 0; from < bytes[flow].length; i++) {
      const size = sizes[i % sizes.length] ?? 1
      // A link reads into the same buffer again.
      const chunk = Buffer.from(bytes[flow].subarray(from, from + size))
      seen[flow].push(...reader.push(chunk))
      chunk.fill(0xff)
      from += size
    }
  }
  return seen
}
const names = (seen: readonly Seen[]) => seen.map(each => ('packet' in each ? each.packet.cmd : each))

const UP = [
  request(),
  frame('up', OPCODES.ping, 'a'),
  frame('up', OPCODES.text, 'hel', false),
  frame('up', OPCODES.pong, 'b'),
  frame('up', OPCODES.continuation, 'lo'),
  frame('up', OPCODES.close, '\x03\xe8'),
]
const DOWN = [
  RESPONSE,
  frame('down', OPCODES.ping, 'b'),
  frame('down', OPCODES.pong, 'a'),
  frame('down', OPCODES.binary, 'x'.repeat(70_000)),
]

describe('a WebSocket that does not carry MQTT', () => {
  test('is read in any chunking: its upgrade, who asks and for which interval, and its frames', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 }), sizes => {
        const { up, down } = read({ up: Buffer.concat(UP), down: Buffer.concat(DOWN) }, sizes)
        expect(up[0]).toEqual({
          packet: { cmd: 'websocket:request', bytes: UP[0]?.length, clientId: 'lamp', keepaliveS: 5 },
        })
        expect(names(up)).toEqual(
          ['request', 'ping', 'text', 'pong', 'continuation', 'close'].map(name => `websocket:${name}`),
        )
        expect(names(down)).toEqual(['response', 'ping', 'pong', 'binary'].map(name => `websocket:${name}`))
        expect(down[0]).toMatchObject({ packet: { code: 101 } })
        expect(down[3]).toMatchObject({ packet: { bytes: DOWN[3]?.length } })
      }),
    ))

  test('keeps nothing else of the address: there may be a secret in it', () => {
    const { up } = read({ up: Buffer.concat(UP), down: Buffer.alloc(0) })
    expect(JSON.stringify(up)).not.toMatch(/sesame|chat/)
  })

  test.each([
    ['', ASKED, 'websocket'],
    ['', '', 'mqtt'],
    ['', '?clientid=lamp', 'mqtt'],
    ['Sec-WebSocket-Protocol: chat, amqp\r\n', '', 'websocket'],
    ['Sec-WebSocket-Protocol: mqtt\r\n', ASKED, 'mqtt'],
    ['Sec-WebSocket-Protocol: chat, mqttv3.1\r\n', ASKED, 'mqtt'],
  ])(
    'is told from MQTT by the subprotocols that are asked for, else by its address: %j %j is %s',
    (lines, asked, dialect) => {
      const start = request(lines, asked)
      const opened = openedBy(start)
      expect(opened === undefined ? 'mqtt' : 'websocket').toBe(dialect)
      expect(openedBy(start.subarray(0, -1))).toBe('more')
      const [first] = read({ up: start, down: Buffer.alloc(0) }).up
      expect(first !== undefined && ('websocket' in first ? 'mqtt' : 'websocket')).toBe(dialect)
    },
  )

  test('an upgrade that is refused is no connection, and a close frame ends one', () => {
    const [refused] = read({ up: request(), down: REFUSAL }).down
    expect(refused).toMatchObject({ packet: { cmd: 'websocket:response', code: 403 } })
    const wire = wireOf({ cmd: 'websocket:response' })
    const response = (code: number) => ({ cmd: 'websocket:response', code, bytes: 9 }) as const
    expect([101, 103, 403].map(code => [wire.accepts(response(code)), wire.refuses(response(code))])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
    expect(wire.closes?.({ cmd: 'websocket:close', bytes: 4 })).toBe(true)
  })

  test('that is damaged is said once, and nothing is read after it', () => {
    const unmasked = frame('down', OPCODES.ping)
    expect(names(read({ up: Buffer.concat([request(), unmasked, UP[1] as Buffer]), down: RESPONSE }, [3]).up)).toEqual([
      'websocket:request',
      { undecoded: 'WebSocket frame of a client without a mask (RFC 6455 §5.1)' },
    ])
  })

  test('whatever comes, the reader neither throws nor stands in the way', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (noise, size) => {
        const up = Buffer.concat([request(), Buffer.from(noise)])
        expect(read({ up, down: Buffer.concat([RESPONSE, noise]) }, [size]).up.length).toBeGreaterThan(0)
        read({ up: Buffer.concat([Buffer.from('G'), noise]), down: Buffer.from(noise) }, [size])
      }),
    ))
})

/** K = 2 s; the server pings at 2000 and 4000, the path dies at 5000. */
function halfOpen(setting: Setting = {}, { pongs = true } = {}) {
  const peers = { broker: { name: 'node-ws', version: '8.23.0' }, client: { name: 'node-ws', version: '8.23.0' } }
  const made = run({ ...peers, ...setting })
    .opens(-30)
    .up(-20, 'websocket:request', { clientId: 'lamp', keepaliveS: 2 })
    .down(0, 'websocket:response', { code: 101 })
  for (const atMs of [2000, 4000]) {
    made.down(atMs, 'websocket:ping')
    if (pongs) made.up(atMs + 1, 'websocket:pong')
  }
  return made
}
const cut = (check: string) => halfOpen({ expect: [check] }).fault('blackhole', 5000)

describe('the windows of WebSocket ping and pong', () => {
  test.each([
    [5900, 'fail'],
    [5902, 'pass'],
    [9001, 'pass'],
    [9003, 'fail'],
  ])('broker-drops-client: 1K to 2K after the last frame, %i ms: %s', (atMs, expected) =>
    expect(outcome(cut('broker-drops-client').end(atMs, 'broker', 'broker').ended(14_000)).result).toBe(expected),
  )

  test.each([
    [7000, 'pass'],
    [10_000, 'pass'],
    [10_001, 'fail'],
  ])('client-gives-up: up to 2K after the path died, %i ms: %s', (atMs, expected) =>
    expect(outcome(cut('client-gives-up').end(atMs, 'client', 'client').ended(14_000)).result).toBe(expected),
  )

  test('a client that says close has given up then, however long it leaves its TCP connection', () => {
    const { result, seenMs } = outcome(
      cut('client-gives-up')
        .packet(9000, 'client', 'up', 'websocket:close', { code: 1011 })
        .end(19_000, 'client', 'client')
        .ended(20_000),
    )
    expect([result, seenMs]).toEqual(['pass', 9000])
  })

  test('a client that closes though the server has just been heard, and owes it no pong, has not noticed a dead peer', () => {
    const { result, reason } = outcome(cut('client-gives-up').end(5500, 'client', 'client').ended(14_000))
    expect([result, reason]).toEqual(['fail', expect.stringContaining('the broker had been heard')])
  })

  test('one whose own ping had no pong has, though the server said something else', () => {
    const made = cut('client-gives-up')
      .packet(5100, 'client', 'up', 'websocket:ping')
      .packet(6900, 'client', 'down', 'websocket:text')
      .end(7100, 'client', 'client')
      .ended(14_000)
    expect(outcome(made).result).toBe('pass')
  })

  test('pings-on-time: a client that answers no ping is dropped, by the name of its duty', () => {
    const made = halfOpen({ expect: ['pings-on-time'] }, { pongs: false })
    const { result, reason } = outcome(made.end(4000, 'broker', 'broker').ended(6000))
    expect([result, reason]).toEqual(['fail', expect.stringContaining('client sent nothing for')])
  })

  test('a server that leaves a ping unanswered before the fault makes the run inconclusive', () => {
    const made = halfOpen({ expect: ['broker-drops-client'] })
      .up(4100, 'websocket:ping')
      .fault('blackhole', 5000)
    const { result, reason } = outcome(made.end(8001, 'broker', 'broker').ended(14_000))
    expect([result, reason]).toEqual([
      'inconclusive',
      expect.stringContaining(
        'the broker never answered 1 of 1 ping that reached it before blackhole#0 (RFC 6455 §5.5.2)',
      ),
    ])
  })
})

test('a scenario pairs peers of one dialect', () => {
  const load = (client: string) =>
    loadScenarioText(
      `name: a\nbroker: node-ws\nclient: { name: ${client}, keepalive: 2s }\nexpect: [stays-connected]\nuntil: 9s\n`,
      'a.yaml',
      vocabulary,
    ).problems.map(({ message }) => message)
  expect(load('python-websockets')).toEqual([])
  // It speaks whatever its broker speaks.
  expect(load('silent')).toEqual([])
  expect(load('amqplib')).toEqual(['amqplib speaks AMQP 0-9-1, and node-ws speaks WebSocket ping and pong'])
})

test('what the servers say of a client is read, and nothing else', () => {
  expect(readServer('{"what":"keepalive-timeout","clientId":"ho-a-1"}')).toEqual([
    { what: 'keepalive-timeout', clientId: 'ho-a-1' },
  ])
  for (const line of [
    '',
    '{',
    '{"what":"exited","clientId":"a"}',
    '{"what":"client-closed"}',
    'connection handler failed',
  ])
    expect(readServer(line)).toEqual([])
})
