import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByNumber } from '../../src/evidence/by-number.ts'

test('it holds what a Map would, for numbers in a row and for any other', () => {
  const number = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeInteger())
  fc.assert(
    fc.property(fc.array(fc.tuple(number, fc.nat())), number, (entries, other) => {
      const [held, map] = [new ByNumber(), new Map(entries)]
      for (const [key, value] of entries) held.set(key, value)
      for (const key of [...map.keys(), other]) expect(held.get(key)).toBe(map.get(key) ?? 0)
    }),
  )
})
