/** The ratio table as users ask for it, in real time: the runs wait side by side. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import type { RatioTable } from '../../src/commands/ratios/ratio-table.ts'
import type { RatioFit } from '../../src/model/peer-figures.ts'
import { type Time, test } from '../doubt/test.ts'
import { noMosquitto, titled } from '../needs.ts'
import { MAIN, project } from './halfopen.ts'

const json = async (dir: string, file: string) => JSON.parse(await readFile(join(dir, file), 'utf8'))
/** One client and one broker of halfopen's own; without a mosquitto nobody can impose a keep-alive, which takes 17 s. */
const SMALL = [
  'ratios',
  '--clients',
  'mqttjs',
  '--keepalive',
  '1s,2s,3s',
  '--phases',
  '4',
  '--traffic',
  'idle',
  '--broker-samples',
  '0',
]
const ALONE = { HALFOPEN_MOSQUITTO: '/nowhere/mosquitto' }
const line = (k: number, ms: number) => ({ k, ms })

/** What the product itself doubts says nothing of it: the test ends here, by doubt. */
function undoubted(time: Time, stdout: string): void {
  const [, ...parts] = `\n${stdout}`.split(/\n\? (?=\S+, )/)
  const troubles = parts.map(text => text.split(/\n(?=What makes|Against )/)[0]?.replace(/\s+/g, ' ') ?? '')
  time.judged({ result: 'inconclusive', outcomes: [], troubles, ...(troubles.length > 0 ? { blame: 'harness' } : {}) })
}

/** A figure that is told is right, and its margins hold the truth. */
function holds(fit: RatioFit | 'never' | undefined, truth: { readonly k: number; readonly ms: number }): void {
  if (fit === undefined) return
  if (fit === 'never') throw new Error('never')
  const [offK, offMs] = [Math.abs(fit.k - truth.k), Math.abs(fit.ms - truth.ms)]
  expect(
    [offK, offMs].every((off, i) => off <= (i === 0 ? 0.02 : 300)),
    JSON.stringify(fit),
  ).toBe(true)
  expect([offK <= fit.withinK, offMs <= fit.withinMs + TIMERS_MS], JSON.stringify(fit)).toEqual([true, true])
}
/** Node's timers are late by up to a millisecond each, and MQTT.js counts in three of them. */
const TIMERS_MS = 5

describe.concurrent('the ratio table', { timeout: 240_000 }, () => {
  test.skipIf(noMosquitto)(
    titled('of MQTT.js with Aedes and Mosquitto has the factors of their sources', noMosquitto),
    async ({ time }) => {
      await using here = await project()
      const files = ['--json', 'out/a.json', '--csv', 'a.csv', '--markdown', 'a.md', '--html', 'a.html']
      // Asked for in this order, and told in it, whoever is done first.
      const args = ['--clients', 'mqttjs', '--brokers', 'mosquitto,aedes', '--keepalive', '2s,4s', '--phases', '3']
      const { exitCode, stdout, stderr } = await here.run(['ratios', ...args, '--pairs', ...files])
      expect(stderr.replace(/^\d+ of \d+ runs.*\n?/gm, '')).toBe('')
      expect(stdout).toMatch(/^Pairs$/m)
      expect(Math.max(...stdout.split('\n').map(text => text.length))).toBeLessThanOrEqual(80)
      const table: RatioTable = await json(here.dir, 'out/a.json')
      expect(table).toMatchObject({ ratios: 1, lab: 'local', partial: false, leftOut: [] })
      expect(table.peers.map(({ name }) => name)).toEqual(['mqttjs', 'mosquitto', 'aedes'])
      const [client, mosquitto, aedes] = table.peers
      holds(client?.afterAnswer, { k: 1.5, ms: 0 })
      holds(client?.whilePublishing, { k: 1.5, ms: 0 })
      holds(client?.ping, { k: 1, ms: 0 })
      expect(client?.falseAlarms.lost).toBe(0)
      holds(aedes?.afterLastPacket, { k: 1.5, ms: 1 })
      expect(aedes?.granularityMs ?? 0).toBeLessThan(300)
      holds(mosquitto?.afterLastPacket, { k: 1.5, ms: 0 })
      // 6 s of scan, or a wheel of one second, by its version.
      const grain = mosquitto?.granularityMs ?? 6000
      expect(Math.min(Math.abs(grain - 6050), Math.abs(grain - 1050))).toBeLessThan(300)
      expect(await readFile(join(here.dir, 'a.csv'), 'utf8')).toMatch(/^role,peer,/)
      expect(await readFile(join(here.dir, 'a.md'), 'utf8')).toMatch(/^# Ratio table/)
      // To two digits, of figures that are held above.
      expect(await readFile(join(here.dir, 'a.html'), 'utf8')).toMatch(
        /1 client gives up 1\.(?:49|50|51)K after the last answer; 2 brokers close 1\.(?:49|50|51)K/,
      )
      const doubts = table.peers.flatMap(row => row.doubts)
      expect(exitCode).toBe(doubts.length > 0 ? 3 : 0)
      undoubted(time, stdout)
      expect(client).toMatchObject({ serverKeepAlive: 'honoured', told: 'error Keepalive timeout' })
    },
  )

  test('a baseline that the library no longer keeps to fails, and names the figure', async ({ time }) => {
    await using here = await project()
    const peers = [
      { name: 'mqttjs', role: 'client', version: '1.2.3', afterAnswer: line(1.9, 0), ping: line(1, 0) },
      { name: 'gone', role: 'broker', afterLastPacket: line(1.5, 0) },
    ]
    await here.write('saved.json', JSON.stringify({ ratios: 1, peers }))
    const { exitCode, stdout } = await here.run([...SMALL, '--baseline', 'saved.json'], ALONE)
    expect(stdout).toMatch(/only in the baseline: the broker gone/)
    expect(stdout).toMatch(/another version: mqttjs: \S+, the baseline has 1.2.3/)
    if (!/^DRIFT/m.test(stdout)) undoubted(time, stdout)
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/^Against saved.json: 1 figure of 2 drifted/m)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /DRIFT mqttjs \S+ gives up after the last answer 1\.[45]\dK.*; the baseline says 1\.90K/,
    )
  })

  test('a baseline that holds is exit code 0, but for --strict where one of its peers is missing', async ({ time }) => {
    await using here = await project()
    const peers = [
      { name: 'mqttjs', role: 'client', afterAnswer: line(1.5, 0) },
      { name: 'gone', role: 'broker', afterLastPacket: line(1.5, 0) },
    ]
    await here.write('saved.json', JSON.stringify({ ratios: 1, peers }))
    const held = [...SMALL, '--baseline', 'saved.json']
    const [loose, strict] = await Promise.all([here.run(held, ALONE), here.run([...held, '--strict'], ALONE)])
    expect([loose.stdout, strict.stdout].filter(stdout => /^DRIFT/m.test(stdout))).toEqual([])
    expect(strict.exitCode).toBe(4)
    undoubted(time, loose.stdout)
    expect(loose.exitCode).toBe(0)
  })

  test('peers that are not installed are left out by name, and fail only where all are required', async ({ time }) => {
    await using here = await project()
    const args = [...SMALL, '--brokers', 'aedes,mosquitto']
    const [plain, required] = await Promise.all([
      here.run(args, ALONE),
      here.run(args, { ...ALONE, HALFOPEN_REQUIRE: 'all' }),
    ])
    expect(plain.stdout).toMatch(/^left out: mosquitto: HALFOPEN_MOSQUITTO names \/nowhere/m)
    const nobody = await here.run([...SMALL, '--brokers', 'mosquitto'], ALONE)
    expect(nobody.exitCode).toBe(3)
    expect(nobody.stderr).toMatch(/^halfopen: nothing is left to measure\n {2}mosquitto: /)
    expect(required.exitCode).toBe(3)
    undoubted(time, plain.stdout)
    expect(plain.exitCode).toBe(0)
  })

  test('Ctrl-C keeps what was measured, says that it is partial, and exits with 130', async () => {
    await using here = await project()
    const args = ['ratios', '--clients', 'mqttjs', '--keepalive', '1s,2s,20s', '--json', 'a.json']
    const running = execa(process.execPath, [MAIN, ...args], { cwd: here.dir, reject: false, env: ALONE })
    await new Promise<void>(resolve => {
      running.stderr.on('data', text => /^[1-9]\d* of \d+ runs/m.test(String(text)) && resolve())
    })
    running.kill('SIGINT')
    const { exitCode, stdout, stderr } = await running
    expect([exitCode, stderr]).toEqual([130, expect.stringMatching(/SIGINT: stopping/)])
    expect(stdout).toMatch(/^PARTIAL: lab local/)
    const { partial, runs } = await json(here.dir, 'a.json')
    expect(partial).toBe(true)
    expect(runs.counted).toBeGreaterThan(0)
  })

  test('bad input is told all at once, and what compare was called with still means the ratio table', async () => {
    await using here = await project()
    const bad = [
      '--clients',
      'mqtjs,esp-mqtt',
      '--brokers',
      'aedes',
      '--keepalive',
      '2s',
      '--lab',
      'simulated',
      '--tolerance',
      'x',
    ]
    const [wrong, mixed, other, missing] = await Promise.all([
      here.run(['ratios', ...bad]),
      here.run(['compare', '--clients', 'all', '--idle', '45s', '--broker', 'aedes']),
      here.run(['compare', '--keepalive', '10s', '--baseline', 'x.json', '--strict']),
      here.run(['compare', ...SMALL.slice(1), '--baseline', 'none.json']),
    ])
    expect([wrong.exitCode, wrong.stderr.split('\n')]).toEqual([
      1,
      [
        "error: --clients: nothing is called 'mqtjs' (a program of your own: NAME=COMMAND). Did you mean 'mqttjs'?",
        "error: --clients: 'esp-mqtt' is a model; the ratio table measures real programs",
        "error: --lab: 'simulated' has no real peers to measure; local, containers and accelerated have",
        'error: --keepalive: a line needs at least two intervals',
        "error: --tolerance: 'x' is not like 0.02,300ms: of factors, then of times",
      ],
    ])
    expect([mixed.exitCode, mixed.stderr]).toEqual([1, expect.stringMatching(/^error: unknown option '--idle'/)])
    expect([other.exitCode, other.stderr]).toEqual([1, expect.stringMatching(/^error: unknown option '--baseline'/)])
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: none.json: this can't be read: /),
    ])
  })
})
