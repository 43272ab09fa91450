import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeFrame, formatProblems } from '../../src/scenario/format.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { vocabulary } from './vocabulary.ts'

const problem = (file: string, line: number, column: number, message = 'wrong') => ({
  position: { file, line, column },
  message,
})

test('problems come in reading order: by file, line and column', () => {
  const scrambled = [problem('b', 1, 1), problem('a', 10, 1), problem('a', 9, 7), problem('a', 9, 3)]
  const places = formatProblems(scrambled, new Map(), { color: false }).match(/\S+(?=: wrong)/g)
  expect(places).toEqual(['a:9:3', 'a:9:7', 'a:10:1', 'b:1:1'])
})

test('a problem with the file as a whole has no line and no frame', () => {
  expect(formatProblems([problem('a', 0, 0)], new Map([['a', 'text']]), { color: false })).toBe('a: wrong\n')
})

test('colours are there if asked for, and else not a single escape', () => {
  const text = 'name: x\nbroker: [aedes]\n'
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  const sources = new Map([['x.yaml', text]])
  expect(formatProblems(problems, sources, { color: true })).toContain('\u001b[')
  expect(formatProblems(problems, sources, { color: false })).not.toContain('\u001b')
})

test.each([
  'this module threw: mqtt://me:HIDDEN@host refused, password=HIDDEN',
  'this module threw: Authorization: Bearer HIDDEN.HIDDEN',
  `this module threw: ${'x'.repeat(1970)} mqtt://me:${'HIDDEN'.repeat(20)}@host`,
  'unknown broker "mqtt://me:HIDDEN@host"',
])('no secret is in a message: %s', message => {
  expect(formatProblems([problem('a', 1, 1, message)], new Map(), { color: false })).not.toContain('HIDDEN')
})

test("a file can't steer the terminal of who reads its problems", () => {
  const text = 'name: x\nbroker: "\u001b[2Jaedes"\n'
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  expect(formatProblems(problems, new Map([['x.yaml', text]]), { color: false })).not.toContain('\u001b')
})

test('the caret stands under the fault for Windows line ends, tabs and characters that only look like line ends', () => {
  const text = 'name: "a\u2028b"\r\n# c\r\nbroker:\taedess\r\n'
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  const shown = formatProblems(problems, new Map([['x.yaml', text]]), { color: false })
  expect(shown).toContain('x.yaml:3:9: unknown broker "aedess"')
  expect(shown).toContain('> 3 | broker:\taedess\n    |        \t^\n')
})

test('shows the caret below the fault in as many columns as there are, wherever in its line the fault is', () => {
  const anywhere = fc.record({
    length: fc.integer({ min: 1, max: 400 }),
    at: fc.nat({ max: 399 }),
    width: fc.integer({ min: 40, max: 200 }),
  })
  const holds = ({ length, at, width }: { length: number; at: number; width: number }) => {
    const column = Math.min(at, length - 1)
    const line = `${'-'.repeat(column)}X${'-'.repeat(length - column - 1)}`
    const source = `${line.replace('X', '-')}\n${line}\n`
    const lines = codeFrame(source, { line: 2, column: column + 1, linesAbove: 1, linesBelow: 1, width }).split('\n')
    const [faulty = '', caret = ''] = lines.filter(text => text.startsWith('> ') || text.includes('^'))
    expect(faulty[caret.indexOf('^')]).toBe('X')
    expect(Math.max(...lines.map(text => text.length))).toBeLessThanOrEqual(width)
  }
  fc.assert(fc.property(anywhere, holds))
})
