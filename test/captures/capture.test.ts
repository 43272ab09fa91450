import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CaptureReader, type CaptureReport } from '../../src/captures/capture.ts'
import { CaptureFacts } from '../../src/captures/capture-facts.ts'
import { evidenceCapture } from '../../src/captures/evidence-capture.ts'
import { CaptureFile } from '../../src/captures/file.ts'
import type { Breach } from '../../src/captures/keepalive-watch.ts'
import { CaptureError } from '../../src/captures/segment.ts'
import type { LogEvent } from '../../src/logs/log-event.ts'
import { header } from '../evidence/builder.ts'
import { FILES, FLAG, ipPacket, LINKS, mqtt, type RawSegment, type Said, segmentsOf } from './made.ts'

const START_MS = 1_790_000_000_000

interface Found {
  readonly events: readonly LogEvent[]
  readonly breaches: readonly Breach[]
  readonly report: CaptureReport
}

function read(file: Buffer, chunkBytes = file.length): Found {
  const events: LogEvent[] = []
  const breaches: Breach[] = []
  const reader = new CaptureReader({ event: event => events.push(event), breach: breach => breaches.push(breach) })
  for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.subarray(at, at + chunkBytes))
  return { events, breaches, report: reader.finish() }
}

const fileOf = (
  segments: readonly RawSegment[],
  file = 'pcap',
  link = 'ethernet',
  snap?: number,
  v6 = false,
): Buffer => {
  const { type, wrap } = LINKS[link] ?? expect.fail(link)
  const frames = segments.map(segment => ({ atMs: segment.atMs, bytes: wrap(ipPacket(segment, { v6 })) }))
  return (FILES[file] ?? expect.fail(file))(frames, type, snap)
}

const connect = (keepalive: number, protocolVersion: 4 | 5 = 4): Said => ({
  atMs: START_MS,
  from: 'client',
  bytes: mqtt(
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion, clientId: 'lamp', clean: true, keepalive },
    protocolVersion,
  ),
})
const up = (atMs: number, bytes: Buffer): Said => ({ atMs: START_MS + atMs, from: 'client', bytes })
const down = (atMs: number, bytes: Buffer): Said => ({ atMs: START_MS + atMs, from: 'broker', bytes })
const PINGREQ = mqtt({ cmd: 'pingreq' })
const PINGRESP = mqtt({ cmd: 'pingresp' })
const CONNACK = mqtt({ cmd: 'connack', returnCode: 0, sessionPresent: false } as never)
const DISCONNECT = mqtt({ cmd: 'disconnect' } as never)
const publish = (bytes: number) =>
  mqtt({ cmd: 'publish', topic: 'a/b', payload: Buffer.alloc(bytes, 0xc0), qos: 0, dup: false, retain: false })

/** A healthy session of some pings, with messages in between. */
const HEALTHY: readonly Said[] = [
  connect(10),
  down(5, CONNACK),
  up(10_000, PINGREQ),
  down(10_004, PINGRESP),
  down(12_000, publish(3000)),
  up(14_000, publish(5000)),
  up(24_000, PINGREQ),
  down(24_003, PINGRESP),
  up(30_000, DISCONNECT),
]

const CMDS = ['PINGREQ', 'PINGRESP', 'PUBLISH', 'PUBLISH', 'PINGREQ', 'PINGRESP', 'DISCONNECT']
const cmdsOf = ({ events }: Found) => events.flatMap(({ what, cmd }) => (what === 'packet' ? [cmd] : []))
const datesOf = ({ events }: Found) => events.map(({ atMs }) => Math.round(atMs - START_MS))

describe('what was said is read', () => {
  test.each(
    Object.keys(FILES).flatMap(file =>
      Object.keys(LINKS).flatMap(
        link =>
          [
            [file, link, false],
            [file, link, true],
          ] as const,
      ),
    ),
  )('from %s with %s, IPv6 %s', (file, link, v6) => {
    const found = read(fileOf(segmentsOf(HEALTHY, [1400]), file, link, undefined, v6))
    expect(cmdsOf(found)).toEqual(CMDS)
    expect(found.events[0]).toMatchObject({ what: 'socket', address: v6 ? '[2001:db8::7]:40001' : '192.0.2.7:40001' })
    expect(found.events[1]).toMatchObject({ what: 'connect', client: 'lamp', keepaliveS: 10, seenBy: 'wire' })
    expect(datesOf(found)).toEqual([-1, 5, 10_000, 10_004, 12_000, 14_000, 24_000, 24_003, 30_000, 30_000])
    expect(found.events.at(-1)).toMatchObject({ what: 'end', how: 'unknown' })
    expect(found.breaches).toEqual([])
    expect(found.report).toMatchObject({ mqtt: 1, missingBytes: 0, restBytes: 0 })
  })

  test('whatever the segments, retransmissions, reordering and chunks of the file', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 8 })
    const troubles = fc.array(fc.record({ at: fc.nat(400), what: fc.constantFrom('again', 'swap', 'overlap') }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        sizes,
        troubles,
        fc.integer({ min: 1, max: 5000 }),
        fc.nat(0xffff_ffff),
        (pieces, list, chunkBytes, isn) => {
          const segments = segmentsOf(HEALTHY, pieces, isn)
          for (const { at, what } of list) trouble(segments, 2 + (at % (segments.length - 2)), what)
          const found = read(fileOf(segments), chunkBytes)
          expect(cmdsOf(found)).toEqual(CMDS)
          expect(found.report.missingBytes).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })
})

/** What networks do. Two of one direction and moment change places; one comes twice, or once more with what came before it. */
function trouble(segments: RawSegment[], at: number, what: string): void {
  const here = segments[at]
  const next = segments[at + 1]
  if (!here || here.flags & FLAG.syn) return
  if (what === 'again') segments.splice(at + 1, 0, here)
  else if (what === 'swap' && next && next.from === here.from && next.atMs === here.atMs)
    segments.splice(at, 2, next, here)
  else if (what === 'overlap' && next && next.from === here.from && next.seq === (here.seq + here.data.length) >>> 0)
    segments[at + 1] = { ...next, seq: here.seq, data: Buffer.concat([here.data, next.data]) }
}

describe('what the capture has not', () => {
  test('a segment that was acknowledged and never captured is a gap, and what follows is read again', () => {
    const segments = segmentsOf(HEALTHY, [1400])
    const lost = segments.findIndex(({ from, data }) => from === 'broker' && data.length > 1000)
    segments.splice(lost, 1)
    const found = read(fileOf(segments))
    expect(found.report.missingBytes).toBe(1400)
    expect(cmdsOf(found).filter(cmd => cmd === 'PINGRESP')).toHaveLength(2)
    expect(found.events.at(-1)).toMatchObject({ what: 'end' })
  })

  test('a snaplen cuts messages, and pings are counted all the same', () => {
    const found = read(fileOf(segmentsOf(HEALTHY, [1400]), 'pcap', 'ethernet', 120))
    expect(found.report.missingBytes).toBeGreaterThan(0)
    expect(cmdsOf(found).filter(cmd => cmd === 'PINGREQ')).toHaveLength(2)
    expect(found.report).toMatchObject({ cutToBytes: 120 })
    expect(found.report.cutFrames).toBeGreaterThan(0)
  })

  test('of a connection whose CONNECT was cut away nothing is said but what is there', () => {
    for (const bytes of [54, 56, 60]) {
      const { events } = read(fileOf(segmentsOf(HEALTHY, [1400]), 'pcap', 'ethernet', bytes))
      expect(events.filter(({ what, client }) => what === 'end' && client === undefined)).toEqual([])
    }
  })

  test('a capture that began in the middle has an address for a client id, and pings all the same', () => {
    const segments = segmentsOf(HEALTHY, [1400]).filter(({ atMs }) => atMs >= START_MS + 10_000)
    const found = read(fileOf(segments))
    expect(cmdsOf(found)).toEqual(CMDS)
    expect(found.events.some(({ what }) => what === 'connect')).toBe(false)
    expect(new Set(found.events.map(({ client }) => client))).toEqual(
      new Set([expect.stringMatching(/^a client at .*:40001$/)]),
    )
  })

  test('segments that two interfaces saw are no retransmissions, and count once', () => {
    const once = segmentsOf(HEALTHY, [1400])
    const found = read(fileOf(once.flatMap(segment => [segment, { ...segment, atMs: segment.atMs + 0.05 }])))
    expect(cmdsOf(found)).toEqual(CMDS)
    expect(found.report).toMatchObject({ retransmitted: 0, twice: once.filter(({ data }) => data.length > 0).length })
    const again = read(fileOf(once.flatMap(segment => [segment, { ...segment, atMs: segment.atMs + 300 }])))
    expect(again.report).toMatchObject({ twice: 0 })
  })

  test('a file that was cut off says how many bytes are left', () => {
    const file = fileOf(segmentsOf(HEALTHY, [1400]))
    expect(read(file.subarray(0, file.length - 7)).report.restBytes).toBeGreaterThan(0)
  })
})

describe('who broke the rule of the keep-alive', () => {
  const rules = (said: readonly Said[]) =>
    read(fileOf(segmentsOf(said, [1400]))).breaches.map(({ who, rule, clause }) => [who, rule, clause])

  test('nobody, where pings come in time', () => expect(rules(HEALTHY)).toEqual([]))

  test('a client that is silent for longer than K', () => {
    expect(rules([connect(10), down(5, CONNACK), up(14_000, PINGREQ), down(14_001, PINGRESP)])).toEqual([
      ['client', 'ping-late', 'MQTT 3.1.1 [MQTT-3.1.2-23]'],
    ])
  })

  test('a broker that keeps a silent client for longer than 1.5K, and the client that was silent', () => {
    expect(rules([connect(10), down(5, CONNACK), down(20_000, publish(1)), up(22_000, PINGREQ)])).toEqual([
      ['broker', 'not-cut', 'MQTT 3.1.1 [MQTT-3.1.2-24]'],
      ['client', 'ping-late', 'MQTT 3.1.1 [MQTT-3.1.2-23]'],
    ])
  })

  test('a broker that answers no ping', () => {
    expect(rules([connect(60), down(5, CONNACK), up(50_000, PINGREQ), down(65_000, publish(1))])).toEqual([
      ['broker', 'ping-unanswered', 'MQTT 3.1.1 [MQTT-3.12.4-1]'],
    ])
  })

  test('in MQTT 5.0 the keep-alive of the CONNACK counts, and the clause is that of 5.0', () => {
    const connack = mqtt(
      { cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { serverKeepAlive: 4 } } as never,
      5,
    )
    const said = [connect(60, 5), down(5, connack), up(9000, PINGREQ), down(9001, PINGRESP)]
    const { events, breaches } = read(fileOf(segmentsOf(said, [1400])))
    expect(events[1]).toMatchObject({ what: 'connect', keepaliveS: 4 })
    expect(breaches.map(({ clause }) => clause)).toEqual(['MQTT 5.0 [MQTT-3.1.2-22]', 'MQTT 5.0 [MQTT-3.1.2-20]'])
  })

  test('keep-alive 0 has no rule', () => {
    expect(rules([connect(0), down(5, CONNACK), up(9_000_000, publish(1))])).toEqual([])
  })
})

describe('how a connection ended', () => {
  const ended = (said: readonly Said[], from: 'client' | 'broker', flags: number, atMs: number) => {
    const segments = segmentsOf(said, [1400])
    const last = segments.findLast(each => each.from === from)
    const seq = ((last?.seq ?? 0) + (last?.data.length ?? 0)) >>> 0
    segments.push({ atMs: START_MS + atMs, from, seq, ack: 0, flags, data: Buffer.alloc(0) })
    return read(fileOf(segments)).events.at(-1)
  }
  const BEGUN = [connect(10), down(5, CONNACK)]

  test('FIN or RST, and by whom', () => {
    expect(ended(BEGUN, 'broker', FLAG.fin | FLAG.ack, 9000)).toMatchObject({
      what: 'end',
      how: 'fin',
      from: 'broker',
      client: 'lamp',
    })
    expect(ended(BEGUN, 'client', FLAG.rst, 9000)).toMatchObject({ how: 'rst', from: 'client' })
  })

  test('after a DISCONNECT, and by a client whose ping was not answered', () => {
    expect(ended([...BEGUN, up(8000, DISCONNECT)], 'client', FLAG.fin | FLAG.ack, 8001)).toMatchObject({
      how: 'disconnect',
    })
    expect(ended([...BEGUN, up(8000, PINGREQ)], 'client', FLAG.fin | FLAG.ack, 13_000)).toMatchObject({
      how: 'ping-unanswered',
    })
  })

  test('a refused CONNECT is told with its code', () => {
    const refusal = mqtt({ cmd: 'connack', returnCode: 5, sessionPresent: false } as never)
    const { events } = read(fileOf(segmentsOf([connect(10), down(5, refusal)], [1400])))
    expect(events).toContainEqual(expect.objectContaining({ what: 'refused', client: 'lamp', reason: 'CONNACK 5' }))
  })
})

describe('what MQTT is wrapped in', () => {
  const record = (type: number, length: number) =>
    Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), Buffer.alloc(length, 7)])

  test('of TLS sizes and times show pings and their answers', () => {
    const said = [
      up(0, record(22, 300)),
      down(10, Buffer.concat([record(22, 90), record(20, 1), record(23, 900)])),
      up(20, Buffer.concat([record(20, 1), record(23, 53)])),
      up(21, record(23, 60)),
      down(30, record(23, 21)),
      up(10_000, record(23, 19)),
      down(10_010, record(23, 19)),
    ]
    const found = read(fileOf(segmentsOf(said, [700])))
    expect(found.report.tls).toBe(1)
    expect(found.events.find(({ what }) => what === 'connect')).toMatchObject({ client: 'TLS from 192.0.2.7' })
    expect(cmdsOf(found)).toEqual(['DATA', 'PINGREQ', 'PINGRESP'])
  })

  test('a WebSocket is unwrapped, masked or not, in any chunking', () => {
    const head = Buffer.from('GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\r\n')
    const answer = Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    const frame = (bytes: Buffer, isMasked: boolean) => {
      const mask = Buffer.from([1, 2, 3, 4])
      const long = bytes.length > 125
      const header = long
        ? Buffer.from([0x82, 126 | (isMasked ? 128 : 0), bytes.length >> 8, bytes.length & 255])
        : Buffer.from([0x82, bytes.length | (isMasked ? 128 : 0)])
      const body = Buffer.from(bytes.map((byte, i) => (isMasked ? byte ^ (mask[i & 3] ?? 0) : byte)))
      return Buffer.concat([header, ...(isMasked ? [mask] : []), body])
    }
    const said = [
      up(-4, head),
      down(-2, answer),
      ...HEALTHY.map(each => ({ ...each, bytes: frame(each.bytes, each.from === 'client') })),
    ]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1400 }), size => {
        const found = read(fileOf(segmentsOf(said, [size])))
        expect(cmdsOf(found)).toEqual(CMDS)
        expect(found.events.find(({ what }) => what === 'connect')).toMatchObject({ client: 'lamp', webSocket: true })
      }),
      { numRuns: 30 },
    )
  })
})

describe('what is no capture', () => {
  test.each([
    ['nothing', Buffer.alloc(0), /empty/],
    [
      'a log',
      Buffer.from('1717200000: mosquitto version 2.0.11 starting\n'),
      /neither pcap nor pcapng.*looks like text/,
    ],
    ['gzip', Buffer.from('1f8b080000000000', 'hex'), /\.gz/],
    ['a frame of 1 GB', Buffer.concat([FILES.pcap?.([], 1) ?? Buffer.alloc(0), Buffer.alloc(16, 0x40)]), /damaged/],
  ])('%s', (_, bytes, words) => expect(() => read(bytes)).toThrow(words))

  test('bytes at random, and captures with flipped bytes, end in a report or a CaptureError, and nothing else', () => {
    const base = Object.values(FILES).map(file =>
      file(
        segmentsOf(HEALTHY, [700]).map(s => ({
          atMs: s.atMs,
          bytes: LINKS.ethernet?.wrap(ipPacket(s)) ?? Buffer.alloc(0),
        })),
        1,
      ),
    )
    const flips = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 20 })
    fc.assert(
      fc.property(fc.constantFrom(...base), flips, fc.integer({ min: 1, max: 3000 }), (file, list, chunkBytes) => {
        const bytes = Buffer.from(file)
        for (const [at, value] of list) bytes[at % bytes.length] = value
        try {
          read(bytes, chunkBytes)
        } catch (error) {
          expect(error).toBeInstanceOf(CaptureError)
        }
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), tail => {
        try {
          read(Buffer.concat([FILES.pcap?.([], 1) ?? Buffer.alloc(0), Buffer.from(tail)]))
        } catch (error) {
          expect(error).toBeInstanceOf(CaptureError)
        }
      }),
    )
  })
})

test('facts of a client: pings, answers, silences and ends', () => {
  const facts = new CaptureFacts()
  for (const event of read(fileOf(segmentsOf(HEALTHY, [1400]))).events) facts.event(event)
  expect(facts.all().clients).toMatchObject([
    { client: 'lamp', sessions: 1, keepaliveS: 10, pings: 2, answers: 2, ends: { unknown: 1 } },
  ])
  expect(Math.round(facts.all().clients[0]?.longestSilenceMs ?? 0)).toBe(10_000)
})

describe('a capture of a run', () => {
  const lines = 'CLIENT_RANDOM 00 11\nSERVER_TRAFFIC_SECRET_0 22 33\n'
  const secretsIn = (blocks: Iterable<Buffer>) => {
    const found: string[] = []
    const file = new CaptureFile(
      () => {},
      text => found.push(text),
    )
    for (const block of blocks) file.push(block)
    file.finish()
    return found
  }

  test('has the keys that it is given, of any length, and none where there are none', () => {
    for (let cut = 0; cut < 4; cut++) {
      const keys = lines.slice(0, lines.length - cut)
      expect(secretsIn(evidenceCapture({ header: header(), events: [] }, undefined, keys))).toEqual([keys])
    }
    for (const keys of [undefined, ''])
      expect(secretsIn(evidenceCapture({ header: header(), events: [] }, undefined, keys))).toEqual([])
  })
})
