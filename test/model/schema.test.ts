import { expect, test } from 'vitest'
import { direction, duration, qos, side, sides } from '../../src/model/schema.ts'

const said = (value: unknown) => duration.safeParse(value).error?.issues.map(({ message }) => message)

test('a duration is read, still in units of K', () => {
  expect(duration.parse('1.5K + 2s')).toEqual({ ms: 2000, k: 1.5 })
})

test.each([
  [2, '2 has no unit: write 2s'],
  ['2', '2 has no unit: write 2s'],
  [' 0.5 ', '0.5 has no unit: write 0.5s'],
  ['K', 'K has no number: write 1K'],
  ['K + 2s', 'K has no number: write 1K + 2s'],
  ['1.5K-s', 's has no number: write 1.5K - 1s'],
  [' 3s+ K ', 'K has no number: write 3s + 1K'],
  ['K + ', '"K + " is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
  ['2 sec', '"2 sec" is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
  [-2, '-2 is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
  [true, 'true is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
  [['2s'], 'a list is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
  [{ s: 2 }, 'a map is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s'],
])('%j is answered with what it should have been', (value, message) => {
  expect(said(value)).toEqual([message])
})

test('the names are those of the field', () => {
  expect(direction.options).toEqual(['up', 'down', 'both'])
  expect(side.options).toEqual(['client', 'broker'])
  expect(sides.options).toEqual(['client', 'broker', 'both'])
  expect([0, 1, 2].every(level => qos.safeParse(level).success)).toBe(true)
  expect([3, -1, '1', null].some(level => qos.safeParse(level).success)).toBe(false)
})
