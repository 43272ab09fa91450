/** Started in a folder where nothing can be saved, or that is no more: each command says so in one message, and ends. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { some } from '../some.ts'
import { MAIN, PASSES, project, REPOSITORY } from './halfopen.ts'

const EVIDENCE = join(REPOSITORY, 'test/golden/judge/both-notice.ndjson')

/** What a command that reads or plays and saves nothing ends with. */
const COMMANDS: Readonly<Record<string, readonly [args: string, exitCode: number]>> = {
  list: ['list --checks', 0],
  judge: [`judge ${EVIDENCE}`, 0],
  'judge --json': [`judge ${EVIDENCE} --reporter json`, 0],
  advise: ['advise --keepalive 60s --middlebox aws-nlb', 0],
  probe: ['probe mqtt://127.0.0.1:1 --max 1s', 3],
  device: ['device --listen 127.0.0.1:0 --wait 1s', 3],
  doctor: ['doctor', 0],
  peers: ['peers --list', 0],
  'run, a folder': ['run .', 2],
}
const SAVING: Readonly<Record<string, string>> = {
  'run, virtual': 'run YAML',
  'run --out': 'run YAML --out here/below',
  'run --junit': 'run YAML --junit here/out.xml',
  'device --evidence': 'device --listen 127.0.0.1:0 --wait 1s --evidence here/out.ndjson',
  init: 'init',
}

const LIMIT = { latestMs: 30_000, spareMs: 60_000 }
const isRoot = process.platform === 'linux' && process.getuid?.() === 0

/** Each is a way of the shell into it. */
const PLACES: Readonly<Record<string, string>> = {
  'of a process': 'cd /proc/1',
  'of descriptors': 'cd /proc/self/fd',
  'of the kernel': 'cd /sys/kernel',
  'that is read-only': 'mount -t tmpfs -o ro none ro && cd ro',
}

const start = (home: string, way: string, args: string) =>
  execa('unshare', ['-m', 'sh', '-c', `${way} && exec "$NODE" "$MAIN" ${args.replace('YAML', '"$YAML"')}`], {
    cwd: home,
    reject: false,
    env: {
      NODE: process.execPath,
      MAIN,
      YAML: join(home, 'one.yaml'),
      NO_COLOR: '1',
      CI: undefined,
      GITHUB_ACTIONS: undefined,
    },
  })

const open = async () => {
  const home = await project({ 'one.yaml': PASSES })
  execFileSync('mkdir', [join(home.dir, 'ro'), join(home.dir, 'gone')])
  return home
}

describe.skipIf(!isRoot).concurrent.each(Object.entries(PLACES))('in a folder %s', (_, way) => {
  test.for(some(Object.entries(COMMANDS)))('%s', async ([, [args, exitCode]], { time }) => {
    await using home = await open()
    const startMs = time.nowMs()
    const run = start(home.dir, way, args)
    time.alsoOf(run.pid)
    const result = await run
    time.took('the command', startMs, LIMIT)
    expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(exitCode)
    expect(result.stderr).not.toMatch(/^\s+at |node:internal/m)
  })

  test.for(some(Object.entries(SAVING)))('%s tells that nothing could be saved', async ([name, args], { time }) => {
    await using home = await open()
    const startMs = time.nowMs()
    const run = start(home.dir, way, args)
    time.alsoOf(run.pid)
    const result = await run
    time.took('the command', startMs, LIMIT)
    expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(3)
    expect(result.stderr).toMatch(/can't be (?:saved|written).+\((?:ENOENT|EPERM|EACCES|EROFS)\)/)
    expect(result.stderr).not.toMatch(/^\s+at |node:internal/m)
    if (name.startsWith('run')) expect(result.stdout).toContain('1 passed')
  })
})

describe.skipIf(process.platform === 'win32').concurrent('in a folder that is gone', () => {
  const all = [...Object.entries(COMMANDS).map(([name, [args]]) => [name, args] as const), ...Object.entries(SAVING)]
  test.for(some(all))('%s', async ([, args]) => {
    await using home = await open()
    const script = `cd gone && rmdir ../gone && exec "$NODE" "$MAIN" ${args}`
    const { exitCode, stdout, stderr } = await execa('sh', ['-c', script], {
      cwd: home.dir,
      reject: false,
      env: { NODE: process.execPath, MAIN },
    })
    expect([exitCode, stdout]).toEqual([3, ''])
    expect(stderr).toBe('error: the folder that halfopen was started in is gone: change into another one')
  })
})
