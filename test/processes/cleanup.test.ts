import { expect, it } from 'vitest'
import { cleanup } from '../../src/processes/pool.ts'

it('undoes in reverse order, and goes on after an error', async () => {
  const undone: number[] = []
  const undo = cleanup()
  undo.add(() => undone.push(1))
  undo.add(async () => {
    throw new Error('stuck')
  })
  undo.add(() => undone.push(3))
  await expect(undo[Symbol.asyncDispose]()).rejects.toThrow('stuck')
  expect(undone).toEqual([3, 1])
  await undo[Symbol.asyncDispose]()
  expect(undone).toEqual([3, 1])
})
