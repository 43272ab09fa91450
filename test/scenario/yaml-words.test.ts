import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readYaml } from '../../src/scenario/yaml.ts'

const told = (text: string): readonly string[] =>
  readYaml(text, 'a.yaml').flatMap(({ problems }) => problems.map(({ message }) => message))

/** What only those know who have read how YAML is defined, or how its parser is made. */
const JARGON = /\b(?:flow|node|scalar|implicit|mappings?|collection|indicator|token|plain value|sequence items?)\b/i

describe('what is wrong with YAML is said in words that need no knowledge of its parser', () => {
  test.each([
    ['a: { b: 1\nc: 2\n', 'a { above has no }'],
    ['a: [1, 2\nc: 2\n', 'a [ above has no ]'],
    ['a: "b\n', 'a quotation mark is opened and never closed'],
    ["a: 'b\n", 'a quotation mark is opened and never closed'],
    ['a: b: c\n', 'a second colon in one line'],
    ['a: @b\n', "a text can't begin with this character"],
    ['a: "\\q"\n', 'an unknown sequence behind a backslash'],
    ['a: [1,, 2]\n', 'a comma too many'],
    ['a: { b: 1 c: 2 }\n', 'a comma is missing'],
    ['a: 1\nb\nc: 2\n', 'a key without a colon'],
    ['a:\n  b: 1\n c: 2\n', 'indented'],
    ['a: !secret b\n', 'a tag (!) is not read'],
    ['a: *b\n', 'no anchor of this name above'],
    ['a: 1\rb: 2\r', 'its lines end in CR alone; save it with LF'],
  ])('%j', (text, words) => expect(told(text).join('\n')).toContain(words))

  test('also of any scenario that a slip has changed', () => {
    const folder = join(import.meta.dirname, '../../scenarios/half-open')
    const texts = readdirSync(folder)
      .filter(file => file.endsWith('.yaml'))
      .map(file => readFileSync(join(folder, file), 'utf8'))
    const slip = fc.constantFrom(...'{}[]:,"\'#&*!@%|>-?`\t \n\r'.split(''))
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), slip, fc.nat(2), (text, at, char, removed) => {
        const place = at % text.length
        for (const message of told(text.slice(0, place) + char + text.slice(place + removed)))
          expect(message).not.toMatch(JARGON)
      }),
      { numRuns: 2000 },
    )
  })
})
