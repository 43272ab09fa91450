/** The captures that halfopen writes against Wireshark's dissector: the same packets, at the same edges and times, and no complaint. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import which from 'which'
import { readEvidence } from '../../src/evidence/read-evidence.ts'
import { PACKET_NAMES } from '../../src/model/event.ts'
import { titled } from '../needs.ts'
import { type Project, project, REPOSITORY } from './halfopen.ts'

const missing =
  (await which('tshark', { nothrow: true })) === null
    ? 'tshark is not there: apt-get install --no-install-recommends tshark'
    : undefined
if (missing !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(missing)

const FOLDERS = ['firewall', 'will', 'swallow', 'reset', 'half-open'].map(name => join(REPOSITORY, 'scenarios', name))

const rows = (file: string, filter: string, fields: readonly string[]): string[][] =>
  execFileSync(
    'tshark',
    [
      '-r',
      file,
      '-o',
      'tcp.check_checksum:TRUE',
      '-Y',
      filter,
      '-T',
      'fields',
      ...fields.flatMap(field => ['-e', field]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
  )
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t'))

describe.skipIf(missing)(titled('a capture of each run', missing), () => {
  let place: Project
  let captures: string[]

  beforeAll(async () => {
    place = await project()
    const { exitCode, stdout } = await place.run([
      'run',
      ...FOLDERS,
      '--lab',
      'simulated',
      '--out',
      'out',
      '--pcap',
      'pcap',
    ])
    expect(exitCode, stdout).toBe(0)
    captures = readdirSync(join(place.dir, 'pcap'))
  })
  afterAll(() => place?.[Symbol.asyncDispose]())

  test('has the same packets as the evidence, at the same edges and at the same times', async () => {
    expect(captures.length).toBeGreaterThan(20)
    for (const capture of captures) {
      const { events } = await readEvidence(join(place.dir, 'out', capture.replace('.pcapng', '.ndjson')))
      const first = events[0]?.atMs ?? 0
      const packets = events.flatMap(event =>
        event.what === 'packet'
          ? [[event.edge, event.packet.cmd, Math.round((event.atMs - first) * 1000)] as const]
          : [],
      )
      const seen = rows(join(place.dir, 'pcap', capture), 'mqtt', [
        'frame.interface_id',
        'mqtt.msgtype',
        'frame.time_epoch',
      ])
      const startedUs = Date.parse('2030-01-01T00:00:00.000Z') * 1000
      expect(
        seen.map(([edge, type, at]) => [
          edge === '0' ? 'client' : 'broker',
          PACKET_NAMES[Number(type) - 1],
          Math.round(Number(at?.split('.')[0]) * 1e6 - startedUs) + Math.round(Number(`0.${at?.split('.')[1]}`) * 1e6),
        ]),
        capture,
      ).toEqual(packets)
    }
  })

  test('is nothing that Wireshark complains of', () => {
    for (const capture of captures) {
      const wrong = rows(
        join(place.dir, 'pcap', capture),
        '_ws.malformed || _ws.expert.severity == error || tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.checksum.status == "Bad"',
        ['frame.number', '_ws.expert.message', '_ws.col.info'],
      )
      expect(wrong, capture).toEqual([])
    }
  })

  test('says where faults act, what never arrived, and where verdicts fall', () => {
    const all = captures
      .flatMap(capture => rows(join(place.dir, 'pcap', capture), 'frame.comment', ['frame.comment']))
      .join('\n')
    expect(all).toContain('blackhole#0 held')
    expect(all).toContain("it never reached the broker's edge")
    expect(all).toMatch(/broker-drops-client: pass: /)
    expect(all).toMatch(/on its way for \d/)
  })
})
