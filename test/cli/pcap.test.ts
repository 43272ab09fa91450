import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { FILES, ipPacket, LINKS, mqtt, segmentsOf } from '../captures/made.ts'
import { project } from './halfopen.ts'

const START_MS = 1_790_000_000_000

/** A client that asks for 10 s and pings after 14 s. */
function lateClient(): Buffer {
  const connect = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: 'lamp\u001b[31m',
    clean: true,
    keepalive: 10,
  }
  const said = [
    { atMs: START_MS, from: 'client', bytes: mqtt(connect as never) },
    {
      atMs: START_MS + 2,
      from: 'broker',
      bytes: mqtt({ cmd: 'connack', returnCode: 0, sessionPresent: false } as never),
    },
    { atMs: START_MS + 14_000, from: 'client', bytes: mqtt({ cmd: 'pingreq' }) },
    { atMs: START_MS + 14_003, from: 'broker', bytes: mqtt({ cmd: 'pingresp' }) },
  ] as const
  const { type, wrap } = LINKS.ethernet ?? expect.fail()
  const frames = segmentsOf(said, [1400]).map(each => ({ atMs: each.atMs, bytes: wrap(ipPacket(each)) }))
  return FILES.pcapng?.(frames, type) ?? expect.fail()
}

test('repro --from-pcap tells of each client, and who broke which rule; nothing in it steers the terminal', async () => {
  await using home = await project()
  await writeFile(join(home.dir, 'a.pcapng'), lateClient())
  const { stdout, exitCode } = await home.run(['repro', '--from-pcap', 'a.pcapng'])
  expect(stdout).toContain('6 packets from 2026-09-21')
  expect(stdout).toContain('K = 10 s, 1 session')
  expect(stdout).toContain('pings 1, answered 1 within 3 ms')
  expect(stdout).toContain(
    'the client broke MQTT 3.1.1 [MQTT-3.1.2-23]: it was silent for 14 s, where K = 10 s (packet 5',
  )
  expect(stdout).not.toContain('\u001b[31m')
  expect(exitCode).toBe(0)
})

test('also packed, and as JSON', async () => {
  await using home = await project()
  await writeFile(join(home.dir, 'a.pcapng.gz'), gzipSync(lateClient()))
  const { stdout } = await home.run(['repro', '--from-pcap', 'a.pcapng.gz', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    halfopen: 1,
    capture: { frames: 6, mqtt: 1 },
    clients: [{ keepaliveS: 10, pings: 1, breaches: [{ who: 'client', rule: 'ping-late', times: 1 }] }],
  })
})

test.each([
  ['a log', Buffer.from('1717200000: mosquitto version 2.0.11 starting\n'), 'it looks like text'],
  ['a capture without packets', FILES.pcap?.([], 1) ?? Buffer.alloc(0), 'no packet is in it'],
  [
    'frames of Wi-Fi',
    FILES.pcap?.([{ atMs: 0, bytes: Buffer.alloc(60) }], 105) ?? Buffer.alloc(0),
    'link type (105) is not known',
  ],
])('%s is one message and exit code 2', async (_, bytes, words) => {
  await using home = await project()
  await writeFile(join(home.dir, 'a.pcap'), bytes)
  const { stderr, exitCode } = await home.run(['repro', '--from-pcap', 'a.pcap'])
  expect(stderr).toMatch(/^error: a\.pcap[^\n]*$/)
  expect(stderr).toContain(words)
  expect(exitCode).toBe(2)
})
