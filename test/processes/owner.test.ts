import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
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
