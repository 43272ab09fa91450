import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/text/json.ts'

describe('what is no JSON', () => {
  test.each([
    ['root:x:0:0', 0, 'Unexpected character'],
    ['{"a": 1,\n "b": \'x\'}', 15, 'Unexpected character'],
    ['{"a": [1, 2,]}', 12, 'Unexpected character'],
    ['\n\n\ud83d\ude00', 2, 'Unexpected character'],
    ['{"a": nul}', 9, 'Unexpected character'],
    ['{"a": "', 7, 'Unterminated string'],
    ['', 0, 'Unexpected end of JSON input'],
    ['{"a": 1} x', 9, 'Unexpected non-whitespace character after JSON'],
  ])('%j is told by its place, without a piece of it', (text, offset, message) => {
    expect(parseJson(text)).toEqual({ offset, message: expect.stringMatching(`^${message}`) })
  })

  test('whatever stands there, none of it is in the message', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('\u2603', '\u{1f511}', 'Q', "'"), fc.nat(), (text, secret, place) => {
        const at = place % (text.length + 1)
        const json = parseJson(`${text.slice(0, at)}${secret}${text.slice(at)}`)
        if ('message' in json) expect(json.message).not.toMatch(/\u2603|\u{1f511}|Q|'''|token/u)
      }),
    )
  })
})
