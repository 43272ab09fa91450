import { expect, test } from 'vitest'
import { nearest } from '../../src/text/nearest.ts'

const names = ['blackhole', 'delay', 'bandwidth', 'slice', 'reset', 'close', 'swallow', 'idle-cut']

test.each([
  ['blackhol', 'blackhole'],
  ['BlackHole', 'blackhole'],
  ['black-hole', 'blackhole'],
  ['idlecut', 'idle-cut'],
  ['dealy', 'delay'],
  ['rset', 'reset'],
])('%s was meant for %s', (written, meant) => {
  expect(nearest(written, names)).toBe(meant)
})

test.each(['', 'x', 'partition', 'jitter', 'b'])('%j is near nothing', written => {
  expect(nearest(written, names)).toBeUndefined()
})

test('of two that are as near, the first is named', () => {
  expect(nearest('sub', ['pub', 'sup'])).toBe('pub')
})

test('another word of three letters is no slip', () => {
  expect(nearest('foo', ['dot', 'tap', 'ctrf'])).toBeUndefined()
  expect(nearest('dott', ['dot'])).toBe('dot')
  expect(nearest('fro', ['for', 'at'])).toBe('for')
})
