/** Two machines play one fleet: their dates are 5 s apart, and a time server tells each how far it is off. */
import { createSocket, type Socket } from 'node:dgram'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeDate } from '../../src/clock/wall-clock.ts'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { faketimeAvailable, findFaketime } from '../../src/processes/faketime.ts'
import { lackOf } from '../needs.ts'
import { type Project, project } from './halfopen.ts'

const missing = lackOf(await faketimeAvailable())

const FLEET = `name: sixty devices are cut together
broker: aedes
client: { name: fleet, like: paho-python, count: 60, keepalive: 2s, reconnect: { first: 1s, jitter: 0.5 } }
timeline: [{ at: 1s, fault: blackhole, for: 7s }]
expect: [storm, wills-published, broker-drops-client, client-gives-up]
until: 16s
`

/** NTP as RFC 5905 has it, with the true date of this machine. */
function timeServer(): Promise<{ readonly socket: Socket; readonly port: number }> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    const answer = Buffer.alloc(48)
    answer[0] = 0x24
    answer[1] = 2
    question.copy(answer, 24, 40, 48)
    writeDate(answer, 32, Date.now())
    writeDate(answer, 40, Date.now())
    socket.send(answer, port, address)
  })
  return new Promise(resolve => socket.bind(0, '127.0.0.1', () => resolve({ socket, port: socket.address().port })))
}

/** What a loaded machine takes to start two commands, and the devices. */
const AHEAD_MS = 30_000

describe.skipIf(missing)(`a fleet over two machines${missing ? `: ${missing}` : ''}`, () => {
  let home: Project
  let server: Awaited<ReturnType<typeof timeServer>>
  const headers = async () =>
    Promise.all(
      [1, 2].map(async index => {
        const dir = join(home.dir, `shards/${index}`)
        const [file] = (await readdir(dir)).filter(name => name.endsWith('.ndjson'))
        return parseEvidence(await readFile(join(dir, file ?? ''), 'utf8'), String(file)).header
      }),
    )

  beforeAll(async () => {
    home = await project({ 'scenarios/fleet.yaml': FLEET })
    server = await timeServer()
    const startAt = new Date(Date.now() + AHEAD_MS).toISOString()
    const run = (index: number, offset: string) =>
      home.run(
        [
          ...['run', '--start-at', startAt, '--time-server', `127.0.0.1:${server.port}`],
          ...['--shard', `${index}/2`, '--out', 'shards/{shard}'],
        ],
        { LD_PRELOAD: findFaketime(), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' },
      )
    const runs = await Promise.all([run(1, '+3.2s'), run(2, '-1.8s')])
    for (const { stderr, exitCode } of runs) expect([0, 3], stderr).toContain(exitCode)
    // The scenario is in what travels.
    await rm(join(home.dir, 'scenarios'), { recursive: true })
  }, 120_000)
  afterAll(async () => {
    server.socket.close()
    await home[Symbol.asyncDispose]()
  })

  test('began together by the time server, whatever their own clocks said', async () => {
    const clocks = (await headers()).map(({ clock }) => clock)
    expect(clocks.map(clock => clock?.source)).toEqual([1, 2].map(() => `ntp 127.0.0.1:${server.port}`))
    const [first = 0, second = 0] = clocks.map(clock => clock?.atMs)
    // By their own dates it would be 5 s. What is left is how late a busy machine starts its devices.
    expect(Math.abs(first - second)).toBeLessThan(2500)
  })

  test('have a part of the devices each, and one seed', async () => {
    const [first, second] = await headers()
    expect([first?.scenario.client.count, second?.scenario.client.count]).toEqual([30, 30])
    expect(first?.seed).toBe(second?.seed)
  })

  test('come together to one fleet', async () => {
    const { stdout, stderr, exitCode } = await home.run([
      'merge',
      'shards',
      '--json',
      'merged.json',
      '--html',
      'a.html',
      '--verbose',
    ])
    expect([0, 3], stdout + stderr).toContain(exitCode)
    expect(stdout).toMatch(/60 devices/)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/2 shards began within [\d.]+ m?s ±\d+ m?s of each other/)
    const { results } = JSON.parse(await readFile(join(home.dir, 'merged.json'), 'utf8'))
    expect(results).toHaveLength(1)
    const again = await home.run(['judge', '.halfopen/merged'])
    expect(again.exitCode).toBe(exitCode)
  })

  test('are refused where one is missing, or is there twice', async () => {
    const alone = await home.run(['merge', 'shards/1'])
    expect([alone.exitCode, alone.stderr]).toEqual([1, 'error: shard 2/2 is missing'])
    const twice = await home.run(['merge', 'shards/1', 'shards/1', 'shards/2'])
    expect([twice.exitCode, twice.stderr]).toEqual([1, 'error: shards/1 is shard 1 again, after shards/1'])
  })
})
