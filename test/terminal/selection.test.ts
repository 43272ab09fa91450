import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Complaint } from '../../src/terminal/exit.ts'
import { among, type Selection, selected } from '../../src/terminal/selection.ts'
import { scenario } from '../reporters/reports.ts'

const SCENARIOS = [
  scenario('scenarios/a.yaml', 'an idle client', { tags: ['fast', 'core'] }),
  scenario('scenarios/b.yaml', 'a busy client', { tags: ['slow'] }),
  scenario('scenarios/c.yaml', 'a broker of K = 2'),
]

const names = (selection: Selection) => selected(SCENARIOS, selection).map(({ name }) => name)

describe('of the scenarios', () => {
  test('those of any of the tags are chosen, and none of those that begin with !', () => {
    expect(names({ tag: ['slow', 'core'] })).toEqual(['an idle client', 'a busy client'])
    expect(names({ tag: ['!slow'] })).toEqual(['an idle client', 'a broker of K = 2'])
    expect(names({ tag: ['fast', '!core', 'slow'] })).toEqual(['a busy client'])
  })

  test('all that is given has to hold', () => {
    expect(names({ grep: 'client', grepInvert: 'b\\.yaml' })).toEqual(['an idle client'])
    expect(names({ grep: 'client$', tag: ['!fast'] })).toEqual(['a busy client'])
  })

  test('a pattern and its inverse choose each of them once', () => {
    const pattern = fc.constantFrom('client', '^a ', 'K = 2', '[ab]\\.yaml', 'nothing like it', '.')
    fc.assert(
      fc.property(pattern, text => {
        const found = [{ grep: text }, { grepInvert: text }].flatMap(selection => {
          try {
            return names(selection)
          } catch (error) {
            expect(error).toBeInstanceOf(Complaint)
            return []
          }
        })
        expect(found.toSorted()).toEqual(SCENARIOS.map(({ name }) => name).toSorted())
      }),
    )
  })

  test.each([
    ['a tag that none has', { tag: ['solw'] }, "none of 3 scenarios is tagged 'solw'. Did you mean 'slow'?"],
    ['tags that leave none', { tag: ['fast', '!core'] }, 'none of 3 scenarios is left by fast, !core'],
    ['a pattern that none has', { grep: 'x-ray' }, "none of 3 scenarios has 'x-ray' in its name or file"],
    ['a pattern that all have', { grepInvert: 'yaml' }, "all of 3 scenarios have 'yaml' in their name or file"],
    ['what is no pattern', { grep: '(K' }, "--grep '(K': it is no regular expression: Unterminated group"],
  ] as const)('%s is told', (_, selection, words) => {
    expect(() => selected(SCENARIOS, selection)).toThrow(words)
  })

  test('those of a list are found by file and name', () => {
    const [first] = SCENARIOS
    const keys = [
      { file: first?.position.file ?? '', name: 'an idle client' },
      { file: 'gone.yaml', name: 'x' },
    ]
    expect(among(SCENARIOS, keys)).toEqual([first])
  })
})
