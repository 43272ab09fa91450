import { describe, expect, test } from 'vitest'
import { plainly } from '../../src/text/message-of.ts'
import { orderFor, slugs } from '../../src/vitest/order.ts'
import { scenario } from '../reporters/reports.ts'

const named = (...names: string[]) => names.map(name => scenario('x.yaml', name))

describe('file names of evidence', () => {
  test('are read like the name of their scenario', () => {
    expect(slugs(named('A client: its K = 2s, and ../../more', 'Überall  наши устройства'))).toEqual([
      'a-client-its-k-2s-and-more',
      'überall-наши-устройства',
    ])
  })

  test('are told apart, also where they differ only beyond what fits', () => {
    const long = 'x'.repeat(300)
    const names = slugs(named('same', 'Same!', `${long} 1`, `${long} 2`, '///'))
    expect(new Set(names).size).toBe(5)
    expect(Math.max(...names.map(name => name.length))).toBeLessThan(100)
    expect(names[4]).toBe('scenario')
  })
})

test('every scenario of an order gets an id of its own, short enough for a client id', () => {
  const { parts } = orderFor(named(...Array.from({ length: 2000 }, (_, n) => `${n}`)), { lab: 'local', seed: 1 })
  const ids = parts.map(part => part.runId)
  expect(new Set(ids).size).toBe(2000)
  // engine/run.ts takes at most 12 letters, digits and dashes.
  expect(ids.filter(id => !/^[\w-]{1,12}$/.test(id))).toEqual([])
  expect(parts.some(part => part.evidenceFile !== undefined)).toBe(false)
})

test('an error of the system is told in words and code, without the path that is named anyway', () => {
  const full = new Error("cannot save evidence to /a/b, c: ENOSPC: no space left on device, open '/a/b, c'")
  expect(plainly(full)).toBe('no space left on device (ENOSPC)')
  expect(plainly(new Error('no such thing'))).toBe('no such thing')
  expect(plainly('odd')).toBe('odd')
})
