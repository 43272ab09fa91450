import { describe, expect, test } from 'vitest'
import { chosenWindow, windowParams } from '../../../src/judge/checks/window.ts'
import type { Window } from '../../../src/model/verdict.ts'
import { allowed } from '../../../src/text/words.ts'

const byDefault: Window = { earliestMs: 2000, latestMs: 4000, origin: 'profile', source: 'somewhere' }
const chosen = (params: object, fallback: Window | undefined = byDefault) =>
  chosenWindow(windowParams.parse(params), fallback, 2000)

describe("a scenario's own window", () => {
  test('is the default where it says nothing', () => expect(chosen({})).toBe(byDefault))

  test.each([
    [{ earliest: '1K', latest: '2K + 1s' }, 2000, 5000, '1K to 2K + 1 s, scenario'],
    [{ latest: '5s' }, 2000, 5000, '2 s to 5 s, scenario'],
    [{ earliest: '3s' }, 3000, 4000, '3 s to 4 s, scenario'],
    [{ latest: '1s' }, 0, 1000, '1 s, scenario'],
    [{ earliest: '5s' }, 5000, Number.POSITIVE_INFINITY, '5 s, scenario'],
  ])('%o, where the default is 2 s to 4 s', (params, earliestMs, latestMs, source) =>
    expect(chosen(params)).toEqual({ earliestMs, latestMs, origin: 'scenario', source }),
  )

  test('stands alone where there is no default', () =>
    expect(chosenWindow(windowParams.parse({ latest: '1K' }), undefined, 2000)).toEqual({
      earliestMs: 0,
      latestMs: 2000,
      origin: 'scenario',
      source: '1K, scenario',
    }))
})

test.each([
  [2000, 4000, 'allowed 2 s to 4 s (why)'],
  [0, 4000, 'allowed at most 4 s (why)'],
  [2000, Number.POSITIVE_INFINITY, 'allowed from 2 s on (why)'],
])('%i to %d ms reads: %s', (earliestMs, latestMs, expected) =>
  expect(allowed({ earliestMs, latestMs, origin: 'spec', source: 'why' })).toBe(expected),
)
