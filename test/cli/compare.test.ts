/** The command as users run it: built, on worker threads. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { MAIN, project } from './halfopen.ts'

const GRID = ['--keepalive', '10s..50s/10s', '--idle', '25s,45s', '--seed', '7', '--phases', '3', '--jobs', '2']
const json = async (dir: string, file: string) => JSON.parse(await readFile(join(dir, file), 'utf8'))

test('a sweep on two threads writes every format, and ends in words', async () => {
  await using here = await project()
  const outputs = ['--json', 'out/a.json', '--csv', 'a.csv', '--svg', 'a.svg', '--html', 'a.html']
  const { exitCode, stdout } = await here.run(['compare', ...GRID, ...outputs])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/seed 7/)
  expect(stdout).toMatch(/T = 45 s: K = 40 s was never cut, K = 50 s was; largest safe keep-alive 44 s/)
  const comparison = await json(here.dir, 'out/a.json')
  expect(comparison).toMatchObject({ comparison: 1, partial: false, cells: 10, clients: { mqttjs: {} } })
  expect(comparison.results.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(await readFile(join(here.dir, 'a.csv'), 'utf8')).toMatch(/^cell,keepalive_s,/)
  expect(await readFile(join(here.dir, 'a.svg'), 'utf8')).toMatch(/^<svg /)
  expect(await readFile(join(here.dir, 'a.html'), 'utf8')).toMatch(/^<!doctype html>/)
})

test('shards that are merged are the same as the whole', async () => {
  await using here = await project()
  const runs = [
    ['compare', ...GRID, '--json', 'whole.json'],
    ['compare', ...GRID, '--json', '1.json', '--shard', '1/2'],
    ['compare', ...GRID, '--json', '2.json', '--shard', '2/2'],
  ]
  const [whole] = await Promise.all(runs.map(args => here.run(args)))
  const merged = await here.run(['merge', '2.json', '1.json', '--json', 'merged.json'])
  expect([merged.exitCode, merged.stdout]).toEqual([0, whole?.stdout])
  const { started: _, ...rest } = await json(here.dir, 'whole.json')
  expect(await json(here.dir, 'merged.json')).toMatchObject(rest)

  const alone = await here.run(['merge', '1.json'])
  expect([alone.exitCode, alone.stderr]).toEqual([1, 'error: shard 2/2 is missing'])
  await writeFile(join(here.dir, 'x.json'), '{}')
  const strange = await here.run(['merge', '1.json', 'x.json', 'none.json'])
  expect(strange.exitCode).toBe(2)
  expect(strange.stderr).toMatch(
    /^error: x.json: this is not what halfopen compare --json wrote.*\nerror: none.json: this can't be read: /,
  )
})

test('Ctrl-C keeps what was measured, says that it is partial, and exits with 130', async () => {
  await using here = await project()
  const args = ['compare', '--keepalive', '1s..120s/1s', '--idle', '1s..120s/1s', '--quick', '--json', 'a.json']
  const running = execa(process.execPath, [MAIN, ...args, '--jobs', '1'], { cwd: here.dir, reject: false })
  await new Promise<void>(resolve => {
    running.stderr.on('data', text => /^[1-9]\d* of 14400 cells/m.test(String(text)) && resolve())
  })
  running.kill('SIGINT')
  const { exitCode, stdout, stderr } = await running
  expect(exitCode).toBe(130)
  expect(stdout).toMatch(/^\d+ of 14400 cells \(partial\)/)
  expect(stdout).toMatch(/This is partial/)
  expect(stderr).not.toMatch(/Error/)
  const { partial, results } = await json(here.dir, 'a.json')
  expect(partial).toBe(true)
  expect(results.length).toBeGreaterThan(0)
})

test('bad input is told all at once, and exits with 1', async () => {
  await using here = await project()
  const { exitCode, stderr } = await here.run([
    ...['compare', '--keepalive', '60', '--client', 'mqtjs', '--lab', 'locl'],
    ...['--for', '3', '--metric', 'flap', '--fault', 'freze'],
  ])
  expect(exitCode).toBe(1)
  expect(stderr.split('\n')).toEqual([
    'error: --keepalive: 60 has no unit: write 60s',
    "error: --client: nothing is called 'mqtjs'. Did you mean 'mqttjs'?",
    expect.stringMatching(/^error: --fault: nothing is called 'freze'; there are none, blackhole, /),
    'error: --for: 3 has no unit: write 3s',
    "error: --lab: 'locl' can't compare; simulated and local can",
    "error: --metric: nothing is called 'flap'. Did you mean 'flaps'?",
  ])
})

test('in the local lab short cells are measured and long ones named', async ({ time }) => {
  await using here = await project()
  const args = ['--lab', 'local', '--keepalive', '1s,60s', '--phases', '3', '--longest', '21s', '--json', 'a.json']
  const startMs = time.nowMs()
  const running = here.run(['compare', ...args])
  time.alsoOf(running.pid)
  const { exitCode, stdout } = await running
  const doubt = time.doubt(startMs, time.nowMs())
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/left out, 1 cell: takes up to 31\d\.\d+ s of real time; at most 21 s \(--longest\)/)
  const { results } = await json(here.dir, 'a.json')
  const { noticed } = results[0].client
  expect(noticed.count).toBe(3)
  // MQTT.js: 0.5K to 1.5K.
  time.claim('the first that noticed', noticed.minMs, { earliestMs: 450 }, doubt)
  time.claim('the last that noticed', noticed.maxMs, { latestMs: 1750, spareMs: 500 }, doubt)
})
