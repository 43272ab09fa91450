import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matching, PatternError } from '../../src/text/user-pattern.ts'

describe('a pattern of the user', () => {
  test('is a regular expression, in either case of letters', () => {
    expect(matching('^MOSQUITTO .*closes$', ['mosquitto 2 closes', 'then mosquitto closes'])).toEqual([true, false])
    expect(matching('idle|busy', ['an idle client', 'a busy one', 'another'])).toEqual([true, true, false])
  })

  test('finds the text that it is, whatever signs are in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, text, after) => {
        try {
          expect(matching(text, [before + text + after])).toEqual([true])
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError)
        }
      }),
    )
    expect(matching('[client.protocol=4]', ['a claim [client.protocol=4]', 'p'])).toEqual([true, true])
  })

  test('that is none is refused with the reason', () => {
    expect(() => matching('a (K', ['x'])).toThrow(
      new PatternError(
        'it is no regular expression: Unterminated group; write \\ before a sign that stands for itself',
      ),
    )
  })

  test('that would take for ever is given up', { timeout: 30_000 }, () => {
    expect(() => matching('(a+)+$', [`${'a'.repeat(60)}!`])).toThrow('it took more than 2 s')
  })
})
