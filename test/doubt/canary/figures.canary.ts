/** Twenty figures in real time, of which CANARY_DOUBTED are doubted; with CANARY_LATE=1 also what must fail. */
import { expect } from 'vitest'
import { test } from '../test.ts'

const doubted = Number(process.env.CANARY_DOUBTED)
const CLAIM = { latestMs: 100 }
const STOOD_STILL = { shortMs: 0, longMs: 50 }

for (let number = 1; number <= 20; number++)
  test(`figure ${number}`, ({ time }) => {
    time.claim('a figure', number <= doubted ? 130 : 90, CLAIM, STOOD_STILL)
  })

if (process.env.CANARY_LATE === '1') {
  test('late without a recorded doubt', ({ time }) => {
    time.claim('a figure', 130, CLAIM)
  })

  test('later than the doubt', ({ time }) => {
    time.claim('a figure', 151, CLAIM, STOOD_STILL)
  })

  test('late by doubt, and wrong', ({ time }) => {
    time.claim('a figure', 130, CLAIM, STOOD_STILL)
    expect('wrong').toBe('right')
  })
}
