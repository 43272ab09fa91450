import { expect, it } from 'vitest'
import { assembled, cleanup } from '../../src/processes/pool.ts'

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

it('what could not be put together whole ends what was begun of it', async () => {
  const ended: string[] = []
  const part = (name: string) => ({ [Symbol.asyncDispose]: async () => void ended.push(name) })
  const failing = assembled(async undo => {
    undo.keep(part('first'))
    undo.keep(part('second'))
    throw new Error('no third')
  })
  await expect(failing).rejects.toThrow('no third')
  expect(ended).toEqual(['second', 'first'])
  await expect(assembled(async undo => undo.keep(part('whole')))).resolves.toBeDefined()
  expect(ended).toEqual(['second', 'first'])
})
