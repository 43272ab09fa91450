import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guardedFolder, sweepForgotten } from '../../src/processes/guarded-folder.ts'
import { me, ownerIn, stateOf } from '../../src/processes/reaper.ts'

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

test('what a killed process left is removed a day later, and nothing of one that lives, of others, or that is younger', async () => {
  const home = await mkdtemp(join(tmpdir(), 'owner-test-'))
  const own = await guardedFolder('owner')
  const [, mine = ''] = /-(\d[\d.]*)-\w{6}$/.exec(own.path) ?? []
  expect(mine).toContain(String(process.pid))
  const child = spawn('true')
  await once(child, 'exit')
  const reused = mine.replace(/\.(?=\d+$)/, '.9')
  const old = [`halfopen-a-${child.pid}-Abc123`, `halfopen-a-${mine}-Abc123`, 'halfopen-a-Abc123', 'mine-1-Abc123']
  const isLinux = reused !== mine
  const names = [...old, `halfopen-b-${child.pid}-Abc123`, ...(isLinux ? [`halfopen-c-c-${reused}-Abc123`] : [])]
  for (const name of names) await mkdir(join(home, name, 'in'), { recursive: true })
  const dayBefore = new Date(Date.now() - 25 * 3_600_000)
  for (const name of names.filter(each => !each.startsWith('halfopen-b-')))
    await utimes(join(home, name), dayBefore, dayBefore)
  await sweepForgotten(await mkdtemp(join(home, 'fresh-')))
  const left = names.filter(name => existsSync(join(home, name)))
  expect(left).toEqual([...old.slice(1), `halfopen-b-${child.pid}-Abc123`])
  await own.remove()
  await rm(home, { recursive: true })
})
