import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dialects } from '../../src/logs/dialects/index.ts'
import type { LogEvent } from '../../src/logs/log-event.ts'
import { LogReader } from '../../src/logs/reader.ts'
import { readText, unusable } from '../../src/logs/report-words.ts'

function read(text: string | Buffer, pieces = 1 << 16) {
  const events: LogEvent[] = []
  const reader = new LogReader(dialects, event => events.push({ ...event }))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieces) reader.push(bytes.subarray(at, at + pieces))
  return { events, report: reader.end() }
}

const NAMES = dialects.map(({ title }) => title)
const one = (text: string) => read(text).events[0]

describe('lines', () => {
  test('in pieces of any size they are the same', () => {
    const text =
      '1717200000: New client connected from 10.0.0.5:4000 as käfer-😀 (p2, c1, k60).\r\n1717200090: Client käfer-😀 has exceeded timeout, disconnecting.\n'
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), pieces => {
        expect(read(text, pieces).events).toEqual(read(text).events)
      }),
    )
    expect(read(text).events).toMatchObject([
      { what: 'connect', client: 'käfer-😀', keepaliveS: 60 },
      { what: 'end', how: 'timeout' },
    ])
  })

  test('UTF-16 with a mark, as PowerShell writes it', () => {
    const text = '1717200000: New client connected from 10.0.0.5:4000 as a (p2, c1, k60).\n'
    expect(read(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])).events).toMatchObject([
      { client: 'a' },
    ])
  })

  test.each([
    [
      'the high byte first',
      (text: string) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
    ],
    ['no mark', (text: string) => Buffer.from(text, 'utf16le')],
    ['no mark, the high byte first', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ])('UTF-16 with %s, in pieces of any size', (_, written) => {
    const text =
      '1717200000: New client connected from 10.0.0.5:4000 as käfer (p2, c1, k60).\r\n1717200090: Client käfer has exceeded timeout, disconnecting.\r\n'
    for (const pieces of [5, 64, 4096])
      expect(read(written(text), pieces)).toMatchObject({
        events: [{ client: 'käfer' }, { how: 'timeout' }],
        report: { lines: 2 },
      })
  })

  test("the topic of a will, on a line of its own, is Mosquitto's too", () => {
    const text = [
      '1717200000: New client connected from 10.0.0.5:4000 as a (p2, c1, k60).',
      '1717200000: Will message specified (1 bytes) (r0, q0).',
      '1717200000: \thome/a/status',
      '1717200000: Sending CONNACK to a (0, 0)',
      '1717200000: something else',
    ]
    expect(read(text.join('\n')).report).toMatchObject({ understood: 4, stranger: { line: 5 } })
  })

  const LONG = [
    "1717200000: New client connected from 192.0.2.9:48270 as meter-7 (p2, c1, k30, u'fleet').",
    '1717200090: Client meter-7 has exceeded timeout, disconnecting.',
  ]
  test.each([40, 57, 60, 79])('lines that a terminal broke at %i signs are put together', width => {
    const whole = Array.from({ length: 8 }, (_, n) => LONG.map(line => line.replace('17172', `1717${n + 2}`))).flat()
    const broken = whole.flatMap(line => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
    const found = read(broken.join('\n'))
    expect(found.events.map(({ line: _, ...each }) => each)).toEqual(
      read(whole.join('\n')).events.map(({ line: _, ...each }) => each),
    )
    expect(found.report).toMatchObject({ lines: broken.length, understood: whole.length, stranger: undefined })
  })

  test('details that break off are no part of the id', () => {
    expect(one('1717200000: New client connected from 192.0.2.9 as meter 7 (p2, c1')).toMatchObject({
      client: 'meter 7',
    })
    expect(one('1717200000: New client connected from 192.0.2.9 as meter (west).')).toMatchObject({
      client: 'meter (west)',
    })
  })

  test.each([
    ['over several lines', (all: readonly object[]) => all.map(each => JSON.stringify(each, undefined, 2)).join('\n')],
    ['in a list', (all: readonly object[]) => JSON.stringify(all)],
    ['in a list over several lines', (all: readonly object[]) => JSON.stringify(all, undefined, 4)],
    ['in a list, one a line', (all: readonly object[]) => `[\n${all.map(each => JSON.stringify(each)).join(',\n')}\n]`],
    [
      'in a page of CloudWatch',
      (all: readonly object[]) =>
        JSON.stringify(
          { events: all.map(each => ({ timestamp: 1_717_200_000_000, message: JSON.stringify(each) })), next: 'f/3' },
          undefined,
          2,
        ),
    ],
    [
      'behind a date and a stream',
      (all: readonly object[]) => all.map(each => `2024-06-01T00:00:00.000Z core ${JSON.stringify(each)}`).join('\n'),
    ],
    [
      'in a table',
      (all: readonly object[]) =>
        `timestamp,message\n${all.map(each => `1717200000000,"${JSON.stringify(each).replaceAll('"', '""')}"`).join('\n')}`,
    ],
  ])('objects %s', (_, write) => {
    const all = [1, 2, 3].map(n => ({
      clientId: 'meter-7',
      timestamp: 1_717_200_000_000 + n,
      eventType: 'disconnected',
      disconnectReason: 'CONNECTION_LOST',
    }))
    expect(read(write(all)).events).toMatchObject(
      all.map(({ timestamp }) => ({ client: 'meter-7', how: 'closed', atMs: timestamp })),
    )
  })

  test('lines that end with CR alone', () => {
    const text = '1717200000: Client a closed its connection.\r1717200001: Client b closed its connection.\r'
    expect(read(text).events).toMatchObject([{ client: 'a' }, { client: 'b' }])
  })

  test('a line that was cut is one line, so that the number of the next one is right', () => {
    const { events } = read(`${'x'.repeat(3_000_000)}\n1717200000: Client a closed its connection.\n`)
    expect(events).toMatchObject([{ client: 'a', line: 2 }])
  })

  test('a line without an end does not fill the memory', () => {
    const { report } = read(`${'x'.repeat(3_000_000)}\n1717200000: Client a closed its connection.\n`)
    expect(report.understood).toBe(1)
  })

  test('whatever comes, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expect(read(Buffer.from(bytes)).report.dated).toBeLessThan(301)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        expect(read(`1717200000: ${text}\n`).report.lines).toBeGreaterThan(0)
      }),
    )
  })
})

describe('dates', () => {
  test.each([
    ['ott 5', 10],
    ['déc. 05', 12],
    ['août 5', 8],
    ['Mär 05', 3],
    ['juil. 5', 7],
    ['juin 05', 6],
    ['окт 5', 10],
    ['10月 05', 10],
    ['ene 5', 1],
  ])('%s: a month in the language of the system', (date, month) => {
    expect(one(`${date} 17:43:49 hub mosquitto[150]: Client a closed its connection.`)).toMatchObject({
      atMs: Date.UTC(2000, month - 1, 5, 17, 43, 49),
    })
  })

  test('a month of a language that is not known leaves the time of day', () => {
    expect(one('hela 05 17:43:49 hub mosquitto[150]: Client a closed its connection.')).toMatchObject({ client: 'a' })
  })

  test('days are counted by midnights', () => {
    const { events } = read(
      '23:59:50: Client a closed its connection.\n00:00:10: Client b closed its connection.\n00:00:05: Client c closed its connection.\n',
    )
    expect(events.map(({ atMs }) => atMs - (events[0]?.atMs ?? 0))).toEqual([0, 20_000, 15_000])
  })

  test('years by Januaries', () => {
    const { events } = read(
      'Dec 31 23:59:50 hub mosquitto[1]: Client a closed its connection.\nJan  1 00:00:10 hub mosquitto[1]: Client b closed its connection.\n',
    )
    expect((events[1]?.atMs ?? 0) - (events[0]?.atMs ?? 0)).toBe(20_000)
  })

  test('the hour that a local clock repeats in autumn is not taken twice', () => {
    const { events, report } = read(
      '2024-10-27T02:59:50: Client a closed its connection.\n2024-10-27T02:00:10: Client b closed its connection.\n',
    )
    expect((events[1]?.atMs ?? 0) - (events[0]?.atMs ?? 0)).toBe(20_000)
    expect(report.stepsBack).toEqual([])
  })

  test.each([
    ['1717200000.250: ', 1_717_200_000_250],
    ['1717200000250: ', 1_717_200_000_250],
    ['2024-06-01T00:00:00.250+02:00: ', 1_717_192_800_250],
    ['2024-06-01 00:00:00,250 - ', 1_717_200_000_250],
    ['[2024-06-01 00:00:00] ', 1_717_200_000_000],
    ['2024/06/01 00:00:00 ', 1_717_200_000_000],
    ['Sat 2024-06-01 00:00:00 UTC hub mosquitto[811]: ', 1_717_200_000_000],
    ['Sat Jun  1 00:00:00 2024: ', 1_717_200_000_000],
    ['01.06.2024 00:00:00: ', 1_717_200_000_000],
    ['06/01/2024, 12:00:00 AM: ', 1_717_200_000_000],
    ['1717200000.123456 hub mosquitto[811]: ', 1_717_200_000_123.456],
    ['\tZeile  159: 1717200000: ', 1_717_200_000_000],
    ['12:1717200000: ', 1_717_200_000_000],
    ['./logs/mosquitto.log:1717200000: ', 1_717_200_000_000],
    ['$SYS/broker/log/N 1717200000: ', 1_717_200_000_000],
    ['2024-06-01T00:00:00Z hub docker/f00[9]: 1717200000: ', 1_717_200_000_000],
  ])('%s', (prefix, atMs) => {
    expect(one(`${prefix}Client Pump 9 (north) has exceeded timeout, disconnecting.\n`)).toMatchObject({
      client: 'Pump 9 (north)',
      how: 'timeout',
      atMs,
    })
  })

  test('grep -n before a time of day is no time of day', () => {
    const { events } = read(
      '12:13:53:20: Client a closed its connection.\n13:13:53:40: Client a closed its connection.\n',
    )
    expect((events[1]?.atMs ?? 0) - (events[0]?.atMs ?? 0)).toBe(20_000)
  })
})

describe('mosquitto', () => {
  test.each([
    [
      "New client connected from 10.0.0.5:4000 as a b (c) (p2, c1, k60, u'x (p2, c1, k5)').",
      { what: 'connect', client: 'a b (c)', keepaliveS: 60 },
    ],
    [
      'New bridge connected from 10.0.0.5:4000 as edge:br (p2, c1, k15).',
      { what: 'connect', client: 'edge:br', keepaliveS: 15 },
    ],
    [
      'New client connected from 10.0.0.5 as a (c1, k300).',
      { what: 'connect', client: 'a', keepaliveS: 300, address: '10.0.0.5' },
    ],
    ['Client a [10.0.0.5:4000] disconnected: Connection reset by peer.', { what: 'end', client: 'a', how: 'rst' }],
    ['Client a [10.0.0.5:4000] disconnected: session taken over.', { what: 'end', client: 'a', how: 'taken-over' }],
    ['Client a disconnected due to protocol error.', { what: 'end', client: 'a', how: 'error' }],
    ['Client a disconnected, not authorised.', { what: 'refused', client: 'a' }],
    ['Socket error on client a b, disconnecting.', { what: 'end', client: 'a b', how: 'closed' }],
    [
      "Received PUBLISH from a b (d0, q1, r0, m7, 'x from y (d0, q0, r0', ... (3 bytes))",
      { what: 'packet', client: 'a b', cmd: 'PUBLISH', qos: 1, mid: 7 },
    ],
    ['Received PUBACK from a (Mid: 7, RC:0)', { what: 'packet', client: 'a', cmd: 'PUBACK', mid: 7 }],
  ])('%s', (text, event) => {
    expect(one(`1717200000: ${text}\n`)).toMatchObject(event)
  })

  test('a connection without a client id has none', () => {
    for (const text of [
      'Client <unknown> closed its connection.',
      'Client 10.0.0.5 has exceeded timeout, disconnecting.',
      'Client ::1 [::1:400] disconnected: exceeded timeout.',
    ])
      expect(one(`1717200000: ${text}\n`)?.client).toBeUndefined()
  })
})

describe('what can not be read is named', () => {
  test('by the program that it looks like, with the first line', () => {
    const { report } = read('2025-05-04 06:05:05.123 [info] <0.270.651>@vmq_ranch:accept:12 something new\n')
    expect(unusable(report, NAMES)).toContain(
      'these look like lines of VerneMQ, but 0 of 1 were understood. Line 1 is: 2025-05-04',
    )
  })

  test('and never blamed on a setting that is right', () => {
    const { report } = read('hello\nworld\n')
    expect(unusable(report, NAMES)).toContain(
      'none of 2 lines is in the words of a broker or client that halfopen knows, the first of them line 1.',
    )
    expect(unusable(report, NAMES)).not.toContain('log_timestamp')
    // It may be anything.
    expect(unusable(report, NAMES)).not.toContain('hello')
  })

  test('lines without a date are told from lines that nobody knows', () => {
    const { report } = read(
      'New client connected from 10.0.0.5:4000 as a (p2, c1, k60).\nClient a closed its connection.\n',
    )
    expect(unusable(report, NAMES)).toContain('no date that can be read')
  })

  test('of a log that is understood for the most part, the first line that was not', () => {
    const { report } = read('1717200000: Client a closed its connection.\n1717200001: Gremlins!\n')
    expect(readText(report)[0]).toBe(
      'A log of Mosquitto; 1 of 2 lines were understood; line 2 was not: 1717200001: Gremlins!.',
    )
  })

  test('a log whose newest line stands first', () => {
    const lines = Array.from({ length: 10 }, (_, i) => `${1_717_200_000 + i * 60}: Client a${i} closed its connection.`)
    expect(unusable(read(lines.toReversed().join('\n')).report, NAMES)).toContain('tac FILE')
  })
})
