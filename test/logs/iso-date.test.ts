/** The quick reader of ISO dates against JavaScript's own, for every form that it takes; and what it leaves to the patterns. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quickIso } from '../../src/logs/quick-iso.ts'
import { stampAt } from '../../src/logs/stamp.ts'

const moment = fc.date({ min: new Date('1971-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })

describe('a date in ISO form', () => {
  test('is the moment that Date.parse takes it for, whatever its fraction, zone and place in the line', () => {
    fc.assert(
      fc.property(
        moment,
        fc.constantFrom('T', ' '),
        fc.constantFrom('', '.123', ',123', '.123456', '.123456789', '.1', '.12'),
        fc.constantFrom('', 'Z', '+00:00', '+0000', '-0330', '+05:45'),
        fc.constantFrom('', 'mosquitto  | ', '12:'),
        fc.constantFrom(': New', ' x', ''),
        (date, between, fraction, zone, before, after) => {
          const iso = date.toISOString()
          const text = `${iso.slice(0, 10)}${between}${iso.slice(11, 19)}${fraction}${zone}`
          const found = quickIso(before + text + after, before.length)
          const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
          const expected = Date.parse(
            `${iso.slice(0, 10)}T${iso.slice(11, 19)}${fraction.replace(',', '.').slice(0, 4)}${colon || 'Z'}`,
          )
          expect(found?.end).toBe(before.length + text.length)
          expect(found?.zoned).toBe(zone !== '')
          expect(Math.floor(found?.atMs ?? 0)).toBe(expected)
        },
      ),
    )
  })

  test.each([
    '2024-06-01T13:53:20 UTC',
    '2024-06-01 13:53:20 +0200: ',
    '2024/06/01 13:53:20',
    '2024-06-01T13:53:20+02',
  ])('%s is left to the patterns, which know it', text => {
    expect(quickIso(text, 0)).toBeUndefined()
    expect(stampAt(text, 0)).toMatchObject({ kind: 'full', resolutionMs: 1000 })
  })

  test.each(['2024-13-01T13:53:20', '2024-06-32T13:53:20', '2024-06-01T13:63:20', '2024-06-01T1a:53:20', '2024-06-0'])(
    '%s is none',
    text => {
      expect(quickIso(text, 0)).toBeUndefined()
    },
  )
})
