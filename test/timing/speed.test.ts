import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keepalives, milliseconds } from '../../src/model/duration.ts'
import { MOST_OF_OUR_OWN, mostSpeed, speedFor } from '../../src/timing/speed.ts'

const client = (keepaliveS: number) => ({ keepaliveS }) as Parameters<typeof speedFor>[0]['client']

test('a keep-alive of a minute is played 20 times as fast where that is soon over, one of five minutes 100 times', () => {
  expect(speedFor({ until: milliseconds(280_000), client: client(60) })).toBe(20)
  expect(speedFor({ until: milliseconds(500_000), client: client(60) })).toBe(50)
  expect(speedFor({ until: milliseconds(1_000_000), client: client(300) })).toBe(100)
  expect(speedFor({ until: keepalives(2), client: client(1200) })).toBe(100)
})

test('what is short is not made shorter', () => {
  expect(speedFor({ until: milliseconds(12_000), client: client(60) })).toBe(2)
})

test('a keep-alive never takes less than a second of the machine', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65_535 }),
      fc.integer({ min: 1, max: 100_000_000 }),
      (keepaliveS, untilMs) => {
        const speed = speedFor({ until: milliseconds(untilMs), client: client(keepaliveS) })
        expect(keepaliveS / speed).toBeGreaterThanOrEqual(1)
        expect(speed).toBeLessThanOrEqual(mostSpeed(keepaliveS))
      },
    ),
  )
})

test('without a keep-alive any speed will do', () => {
  expect(speedFor({ until: milliseconds(86_400_000), client: client(0) })).toBe(100)
})

test('what waits for nothing in between can be faster, as far as its keep-alive allows', () => {
  expect(speedFor({ until: milliseconds(86_400_000), client: client(1200) }, MOST_OF_OUR_OWN)).toBe(250)
  expect(speedFor({ until: milliseconds(86_400_000), client: client(60) }, MOST_OF_OUR_OWN)).toBe(50)
  expect(speedFor({ until: milliseconds(2_000_000), client: client(1200) }, MOST_OF_OUR_OWN)).toBe(100)
})
