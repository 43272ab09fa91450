import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guardedFolder } from '../../src/processes/guarded-folder.ts'
import { endForgotten, MAKER, MARK_VARIABLE, me, ownerIn, stateOf, sweepForgotten } from '../../src/processes/reaper.ts'

test('we are alive, one that has ended is gone, and one of another machine is anybody', async () => {
  expect(stateOf(me)).toBe('alive')
  expect(stateOf({ ...me, began: `${me.began}1` })).toBe('gone')
  expect(stateOf({ ...me, host: `${me.host}-other` })).toBe('elsewhere')
  expect(stateOf({ ...me, began: '' })).toBe('alive')
  const child = spawn('true')
  await once(child, 'exit')
  expect(stateOf({ ...me, pid: child.pid ?? 0, began: '' })).toBe('gone')
})

test('an owner is read from what was written, and from nothing else', () => {
  expect(ownerIn(JSON.stringify(me))).toEqual(me)
  for (const text of [undefined, '', '{', 'null', '[]', '{"host":"a"}', '{"host":"a","pid":"1","began":""}'])
    expect(ownerIn(text)).toBeUndefined()
})

/** Of a process that has ended, as it would name what it makes. */
async function endedMaker(): Promise<string> {
  const child = spawn('true')
  await once(child, 'exit')
  return MAKER.replace(/^\d+/, String(child.pid))
}

const isLinux = process.platform === 'linux'

test.runIf(isLinux)(
  'what a process left that was killed here is removed by the next one at once, wherever it lies',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'owner-test-'))
    const gone = await endedMaker()
    const reused = MAKER.replace(/\.(?=\d+\.)/, '.9')
    const left = [
      `halfopen-a-${gone}-Abc123`,
      `halfopen-c-c-${reused}-Abc123`,
      `.paho-python-2.2-${gone}-Abc123`,
      `sem.halfopen-time-${gone}-Abc123`,
    ]
    const kept = [`halfopen-a-${MAKER}-Abc123`, `.nats-${MAKER}-Abc123`, `.nats-${gone}`, 'nats', 'halfopen-a-Abc123']
    for (const name of [...left, ...kept]) await mkdir(join(home, name, 'in'), { recursive: true })
    await sweepForgotten(home)
    expect((await readdir(home)).sort()).toEqual(kept.sort())
    await rm(home, { recursive: true })
  },
)

test('what was left elsewhere is removed a day later, and nothing of one that lives, of others, or that is younger', async () => {
  const home = await mkdtemp(join(tmpdir(), 'owner-test-'))
  const own = await guardedFolder('owner')
  expect(own.path).toContain(`-${MAKER}-`)
  const elsewhere = (await endedMaker()).replace(/\.[0-9a-f]{8}$/, '.00000000')
  const old = [`halfopen-a-${elsewhere}-Abc123`, `halfopen-a-${MAKER}-Abc123`, 'halfopen-a-Abc123', 'mine-1-Abc123']
  const names = [...old, `halfopen-b-${elsewhere}-Abc123`]
  for (const name of names) await mkdir(join(home, name, 'in'), { recursive: true })
  const dayBefore = new Date(Date.now() - 25 * 3_600_000)
  for (const name of old) await utimes(join(home, name), dayBefore, dayBefore)
  await sweepForgotten(home)
  expect(names.filter(name => existsSync(join(home, name)))).toEqual(names)
  await sweepForgotten(home, await mkdtemp(join(home, 'fresh-')))
  expect(names.filter(name => existsSync(join(home, name)))).toEqual(names.slice(1))
  await own.remove()
  await rm(home, { recursive: true })
})

test.runIf(isLinux)(
  'what a process started that was killed here is ended by the next one, and nothing of one that lives',
  async () => {
    const gone = await endedMaker()
    const sleeper = (mark: string) =>
      spawn('sleep', ['60'], { stdio: 'ignore', env: { ...process.env, [MARK_VARIABLE]: mark } })
    const left = [`${gone}-a/1/`, `${MAKER}-b/1/${gone}-c/2/`, `${gone}-a/1/${MAKER}-b/7/`].map(sleeper)
    const marks = [`${MAKER}-a/1/`, gone.replace(/\.[0-9a-f]{8}$/, '.00000000-a/1/'), '3f2a-1/1/', '', gone]
    const kept = marks.map(sleeper)
    const ended = Promise.all(left.map(child => once(child, 'exit')))
    await endForgotten()
    expect((await ended).map(([, by]) => by)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL'])
    expect(kept.map(child => child.exitCode ?? child.signalCode)).toEqual(marks.map(() => null))
    for (const child of kept) child.kill()
  },
)
