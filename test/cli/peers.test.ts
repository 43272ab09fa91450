import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { familyOf } from '../../src/clock/scheduler.ts'
import { isAlive } from '../peers/clients/processes.ts'
import { project } from './halfopen.ts'

const NOTHING_HERE = { PATH: '/nowhere' }

describe.concurrent('halfopen peers', () => {
  test('lists all that can be made, and makes nothing', async () => {
    await using home = await project()
    const { stdout, exitCode } = await home.run(['peers', '--list'], { HALFOPEN_PEERS: join(home.dir, 'made') })
    expect(stdout).toMatch(/^libmosquitto +not made$/m)
    expect(stdout).toMatch(/^paho-python +not made$/m)
    expect(exitCode).toBe(0)
    expect(readdirSync(home.dir)).toEqual([])
  })

  test('skips by name what lacks a tool here, and says how to get it', async () => {
    await using home = await project()
    const env = { ...NOTHING_HERE, HALFOPEN_PEERS: join(home.dir, 'made') }
    const { stdout, exitCode } = await home.run(['peers', 'mqttjs-4'], env)
    expect(stdout).toBe('mqttjs-4  skipped: npm is not there (https://nodejs.org/en/download)')
    expect(exitCode).toBe(0)
    const strict = await home.run(['peers', 'mqttjs-4'], { ...env, HALFOPEN_REQUIRE: 'all' })
    expect(strict.exitCode).toBe(3)
  })

  test('knows a client by its name, and complains of one that is none', async () => {
    await using home = await project()
    const { stderr, exitCode } = await home.run(['peers', 'paho-pyton'])
    expect(stderr).toContain("nothing is called 'paho-pyton'. Did you mean 'paho-python'?")
    expect(exitCode).toBe(1)
    expect((await home.run(['peers', '--list', '--remove'])).exitCode).toBe(1)
  })

  test('that is stopped leaves nothing half-made', async () => {
    await using home = await project()
    const made = join(home.dir, 'made')
    const run = home.run(['peers', 'mqttjs-4'], { HALFOPEN_PEERS: made })
    const begun = () => readdirSync(made).some(name => name.startsWith('.mqttjs-4-'))
    await vi.waitUntil(() => readdirSync(home.dir).length > 0 && begun(), { timeout: 60_000, interval: 5 })
    run.kill('SIGINT')
    const { exitCode, stdout } = await run
    expect(stdout).toBe('mqttjs-4  stopped')
    expect(exitCode).toBe(130)
    expect(readdirSync(made).filter(name => name !== 'mqttjs-4.log')).toEqual([])
  })

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves nothing of what the tools need for a moment, by %s',
    async signal => {
      await using home = await project({ 'bin/npm': '#!/bin/sh\nmktemp -d >>"$SEEN"\nsleep 60\n', 'tmp/.keep': '' })
      await chmod(join(home.dir, 'bin/npm'), 0o755)
      const [made, seen] = [join(home.dir, 'made'), join(home.dir, 'seen')]
      const env = { HALFOPEN_PEERS: made, SEEN: seen, TMPDIR: join(home.dir, 'tmp') }
      const run = home.run(['peers', 'mqttjs-4'], { ...env, PATH: `${join(home.dir, 'bin')}:${process.env.PATH}` })
      const begun = () => existsSync(seen) && readFileSync(seen, 'utf8').endsWith('\n')
      await vi.waitUntil(begun, { timeout: 60_000, interval: 20 })
      const folder = readFileSync(seen, 'utf8').trim()
      expect(existsSync(folder)).toBe(true)
      run.kill(signal)
      await run
      await vi.waitUntil(() => !existsSync(folder), { timeout: 60_000, interval: 20 })
      await vi.waitFor(() => expect(readdirSync(made).filter(name => name !== 'mqttjs-4.log')).toEqual([]), {
        timeout: 60_000,
      })
      expect(readdirSync(join(home.dir, 'tmp'))).toEqual(['.keep'])
    },
  )

  test('that is killed together with its watchdog leaves nothing that the next one does not end or remove', async () => {
    const npm = '#!/bin/sh\nsetsid sh -c \'echo $$ >>"$SEEN"; exec sleep 600\' &\nexec sleep 600\n'
    await using home = await project({ 'bin/npm': npm, 'tmp/.keep': '', 'other/npm': '#!/bin/sh\nexit 7\n' })
    for (const file of ['bin/npm', 'other/npm']) await chmod(join(home.dir, file), 0o755)
    const [made, seen] = [join(home.dir, 'made'), join(home.dir, 'seen')]
    const env = (folder: string) => ({
      HALFOPEN_PEERS: made,
      SEEN: seen,
      TMPDIR: join(home.dir, 'tmp'),
      PATH: `${join(home.dir, folder)}:${process.env.PATH}`,
    })
    const run = home.run(['peers', 'mqttjs-4'], env('bin'))
    const begun = () => existsSync(seen) && readFileSync(seen, 'utf8').endsWith('\n')
    await vi.waitUntil(begun, { timeout: 60_000, interval: 20 })
    for (const pid of familyOf(run.pid ?? 0))
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('reaperMain')) process.kill(pid, 'SIGKILL')
    run.kill('SIGKILL')
    await run
    const left = () => readdirSync(made).filter(name => name !== 'mqttjs-4.log')
    const aside = Number(readFileSync(seen, 'utf8'))
    expect([left().length, isAlive(aside)]).toEqual([1, true])
    // What is half-made is not taken for whole.
    expect((await home.run(['peers', '--list', 'mqttjs-4'], env('other'))).stdout).toBe('mqttjs-4  not made')
    expect((await home.run(['peers', 'mqttjs-4'], env('other'))).exitCode).toBe(3)
    expect([left(), isAlive(aside)]).toEqual([[], false])
    expect(readdirSync(join(home.dir, 'tmp'))).toEqual(['.keep'])
  })

  test('that is killed leaves nothing half-made either', async () => {
    await using home = await project()
    const made = join(home.dir, 'made')
    const run = home.run(['peers', 'mqttjs-4'], { HALFOPEN_PEERS: made })
    const begun = () => readdirSync(made).some(name => name.startsWith('.mqttjs-4-'))
    await vi.waitUntil(() => readdirSync(home.dir).length > 0 && begun(), { timeout: 60_000, interval: 5 })
    run.kill('SIGKILL')
    await run
    await vi.waitFor(() => expect(readdirSync(made).filter(name => name !== 'mqttjs-4.log')).toEqual([]), {
      timeout: 60_000,
    })
  })
})
