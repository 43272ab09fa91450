import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { folded } from '../../src/text/layout.ts'

describe('text that is too wide for a terminal goes on below', () => {
  test.each([
    ['error: one two three four', 16, 'error: one two\n  three four'],
    ['  --html <file>  write a page about it', 30, '  --html <file>  write a page\n                 about it'],
    ['> 4 | client: { name: mqttjs, keepalive: 2s }', 20, '> 4 | client: { name: mqttjs, keepalive: 2s }'],
    ['  npm install --save-dev piscina', 20, '  npm install --save-dev piscina'],
    ['short', 20, 'short'],
  ])('%j', (text, width, lines) => expect(folded(text, width)).toBe(lines))

  test('and loses no word, and is no wider than its longest word makes it', () => {
    const words = fc.array(fc.stringMatching(/^[a-z:,]{1,12}$/), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 120 }), fc.nat(6), (all, width, margin) => {
        const lines = folded(`${' '.repeat(margin)}${all.join(' ')}`, width).split('\n')
        expect(lines.join(' ').trim().split(/\s+/)).toEqual(all)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(width, margin + 14))
      }),
    )
  })
})
