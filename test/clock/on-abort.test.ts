import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from '../../src/clock/clock.ts'

test('however many wait for a signal, it has one listener, and tells each of them once', () => {
  const controller = new AbortController()
  const told: number[] = []
  const forgets = Array.from({ length: 100 }, (_, i) => onAbort(controller.signal, () => told.push(i)))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  for (const forget of forgets.slice(0, 98)) forget()
  controller.abort()
  controller.abort()
  expect(told).toEqual([98, 99])
})

test('the same function twice is told twice, and taken back one by one', () => {
  const controller = new AbortController()
  let told = 0
  const act = () => void told++
  onAbort(controller.signal, act)
  onAbort(controller.signal, act)()
  controller.abort()
  expect(told).toBe(1)
})

test('one that has aborted tells at once; none never does', () => {
  let told = 0
  onAbort(AbortSignal.abort(), () => void told++)
  onAbort(undefined, () => void told++)
  expect(told).toBe(1)
})
