import { expect, test } from 'vitest'
import { inBackground, settled } from '../../src/processes/reaper.ts'

test('who ends a thread waits for what nobody else waits for, also for what that begins, and whether it fails or not', async () => {
  const done: string[] = []
  const later = () => new Promise<void>(resolve => setImmediate(resolve))
  inBackground(
    later().then(() => {
      done.push('first')
      inBackground(later().then(() => void done.push('begun by it')))
    }),
  )
  inBackground(later().then(() => Promise.reject(new Error('no such process'))))
  await settled()
  expect(done).toEqual(['first', 'begun by it'])
  await settled()
})
