import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DURATION_PATTERN,
  formatDuration,
  formatMs,
  keepalives,
  milliseconds,
  parseDuration,
  resolveDuration,
} from '../../src/model/duration.ts'

test.each([
  ['250ms', 250, 0],
  ['10s', 10_000, 0],
  ['2m', 120_000, 0],
  ['1h', 3_600_000, 0],
  ['0s', 0, 0],
  ['1.1m', 66_000, 0],
  ['0.1K + 0.2K', 0, 0.3],
  ['0.5s', 500, 0],
  ['1.5K', 0, 1.5],
  ['1.5K + 2s', 2000, 1.5],
  ['1.5K+2s', 2000, 1.5],
  ['2K - 500ms', -500, 2],
  ['1s + 1K + 1ms - 2s', -999, 1],
  ['  3 s ', 3000, 0],
])('%s is a duration', (text, ms, k) => {
  expect(parseDuration(text)).toEqual({ ms, k })
})

test.each([
  '',
  ' ',
  '2',
  's',
  '-2s',
  '2 seconds',
  '1.5k',
  '1.s',
  '.5s',
  '1,5s',
  '1s +',
  '+ 1s',
  '1s 2s',
  '1s * 2',
  '1e3s',
  '2Ks',
])('%j is no duration', text => {
  expect(parseDuration(text)).toBeUndefined()
})

test('the pattern that editors get takes what the parser takes, and nothing else', () => {
  const pattern = new RegExp(DURATION_PATTERN)
  const letters = fc.constantFrom('1', '2', '0', '.', 's', 'm', 'ms', 'h', 'K', 'k', '+', '-', ' ', '\t', '\n', 'x')
  const text = fc.array(letters, { maxLength: 12 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, written => {
      expect(pattern.test(written), JSON.stringify(written)).toBe(parseDuration(written) !== undefined)
    }),
    { numRuns: 5000 },
  )
})

test('a duration in units of K is known once K is', () => {
  expect(resolveDuration(keepalives(1.5, 2000), 10_000)).toBe(17_000)
  expect(resolveDuration(milliseconds(250), 10_000)).toBe(250)
})

describe('written out', () => {
  test.each([
    [milliseconds(250), '250 ms'],
    [milliseconds(3020), '3.02 s'],
    [milliseconds(-1500), '-1.5 s'],
    [keepalives(1.5), '1.5K'],
    [keepalives(1.5, 2000), '1.5K + 2 s'],
    [keepalives(2, -500), '2K - 500 ms'],
    [milliseconds(0), '0 ms'],
  ])('%j is %s', (duration, text) => {
    expect(formatDuration(duration)).toBe(text)
  })

  test('a duration reads back as itself, to the hundredth that it is written to', () => {
    const whole = fc.record({
      ms: fc.integer({ min: 0, max: 10_000_000 }).map(n => n * 10),
      k: fc.integer({ min: 0, max: 99 }),
    })
    fc.assert(
      fc.property(whole, duration => {
        expect(parseDuration(formatDuration(duration))).toEqual(duration)
      }),
    )
  })

  test('a time has at most two decimals', () => {
    expect(formatMs(1234.5678)).toBe('1.23 s')
    expect(formatMs(0.126)).toBe('0.13 ms')
    expect(formatMs(999.999)).toBe('1000 ms')
  })
})
