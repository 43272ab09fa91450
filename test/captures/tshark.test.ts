/** Our reader against Wireshark's dissector, on captures of real programs in their own words and on made ones with trouble in them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import which from 'which'
import { CaptureReader } from '../../src/captures/capture.ts'
import { PACKET_NAMES } from '../../src/model/event.ts'
import { titled } from '../needs.ts'
import { FILES, ipPacket, LINKS, mqtt, type RawSegment, type Said, segmentsOf } from './made.ts'

const missing =
  (await which('tshark', { nothrow: true })) === null
    ? 'tshark is not there: apt-get install --no-install-recommends tshark'
    : undefined
if (missing !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(missing)

const START_MS = 1_790_000_000_000

/** A session of a given length, with messages of all sizes both ways. */
function session(seed: number): Said[] {
  let state = seed
  const random = (most: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return (state >> 8) % most
  }
  const said: Said[] = [
    {
      atMs: START_MS,
      from: 'client',
      bytes: mqtt({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: `c${seed}`,
        clean: true,
        keepalive: 60,
      }),
    },
    {
      atMs: START_MS + 3,
      from: 'broker',
      bytes: mqtt({ cmd: 'connack', returnCode: 0, sessionPresent: false } as never),
    },
  ]
  for (let i = 0; i < 40; i++) {
    const atMs = START_MS + 10 + i * 1000
    const from = random(2) === 0 ? 'client' : 'broker'
    const payload = Buffer.alloc(random(4000), random(256))
    const bytes =
      random(3) === 0
        ? mqtt({ cmd: from === 'client' ? 'pingreq' : 'pingresp' })
        : mqtt({ cmd: 'publish', topic: 'a/b', payload, qos: 1, messageId: i + 1, dup: false, retain: false })
    said.push({ atMs, from, bytes })
  }
  return said
}

interface Seen {
  readonly frame: number
  readonly cmd: string
}

function ours(file: Buffer): Seen[] {
  const seen: Seen[] = []
  const reader = new CaptureReader({
    event: ({ what, cmd, line }) => {
      if (what === 'connect') seen.push({ frame: line, cmd: 'CONNACK' })
      else if (what === 'packet') seen.push({ frame: line, cmd: cmd ?? '' })
    },
    breach: () => {},
  })
  reader.push(file)
  reader.finish()
  return seen
}

/** The frame in which each control packet is complete. CONNECT is told by ours with its CONNACK. */
function tsharks(path: string): Seen[] {
  const text = execFileSync(
    'tshark',
    ['-r', path, '-Y', 'mqtt', '-T', 'fields', '-e', 'frame.number', '-e', 'mqtt.msgtype'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  return text
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      const [frame, types = ''] = line.split('\t')
      return types
        .split(',')
        .map(type => ({ frame: Number(frame), cmd: (PACKET_NAMES[Number(type) - 1] ?? '').toUpperCase() }))
    })
    .filter(({ cmd }) => cmd !== 'CONNECT')
}

function compare(segments: readonly RawSegment[], kind: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-tshark-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { type, wrap } = LINKS.ethernet ?? expect.fail()
  const file = (FILES[kind] ?? expect.fail(kind))(
    segments.map(each => ({ atMs: each.atMs, bytes: wrap(ipPacket(each)) })),
    type,
  )
  const path = join(folder, 'made.pcap')
  writeFileSync(path, file)
  const [found, theirs] = [ours(file), tsharks(path)]
  expect(theirs.length).toBeGreaterThan(30)
  expect(found).toEqual(theirs)
}

describe.skipIf(missing)(titled("the same packets in the same frames as tshark's", missing), () => {
  test.each(Object.keys(FILES))('%s', kind => compare(segmentsOf(session(7), [1400]), kind))

  // Not smaller: where the Remaining Length is split over two segments, the dissector of Wireshark 4.0 loses its place.
  test.each([1, 2, 3])('with small segments, seed %i', seed =>
    compare(segmentsOf(session(seed), [5, 700, 9, 1400, 6]), 'pcap'),
  )

  test.each([4, 5, 6])('with retransmissions, seed %i', seed => {
    const segments = segmentsOf(session(seed), [500, 1400])
    for (let at = 6; at < segments.length; at += 9) {
      const again = segments[at]
      if (again) segments.splice(at + 1, 0, again)
    }
    compare(segments, 'pcap')
  })
})
