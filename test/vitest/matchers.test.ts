import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../src/model/verdict.ts'
import '../../src/vitest/matchers.ts'
import { failed, inconclusive, passed } from '../reporters/reports.ts'

const verdict = ({ verdict }: { verdict?: Verdict }): Verdict => {
  if (!verdict) throw new Error('no verdict')
  return verdict
}
const message = (assertion: () => void): string => {
  try {
    assertion()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it held')
}

describe('toPass', () => {
  test('holds for a pass only', () => {
    expect(verdict(passed)).toPass()
    expect(verdict(failed)).not.toPass()
    expect(verdict(inconclusive)).not.toPass()
  })

  test('gives the reasons where it does not hold', () => {
    expect(message(() => expect(verdict(failed)).toPass())).toContain('the verdict is fail\n')
    expect(message(() => expect(verdict(failed)).toPass())).toContain('fail  client-gives-up: expected the client to')
  })
})

describe('toFailCheck', () => {
  test('holds for a check that failed, not for one that is inconclusive or was never made', () => {
    expect(verdict(failed)).toFailCheck('client-gives-up')
    expect(verdict(failed)).not.toFailCheck('broker-drops-client')
    expect(verdict(inconclusive)).not.toFailCheck('stays-connected')
    expect(verdict(passed)).not.toFailCheck('flaps')
  })
})

describe('toDetectWithin', () => {
  test('takes both bounds in time and in K', () => {
    expect(verdict(passed)).toDetectWithin('broker-drops-client', { earliest: '3s', latest: '1.5K + 100ms' })
    expect(verdict(passed)).not.toDetectWithin('broker-drops-client', { earliest: '1.6K' })
    expect(verdict(passed)).not.toDetectWithin('broker-drops-client', { latest: '3s' })
  })

  test('never holds for what was not seen', () => {
    expect(verdict(failed)).not.toDetectWithin('client-gives-up', {})
    expect(verdict(passed)).not.toDetectWithin('flaps', {})
  })

  test('tells what was seen and what was asked for', () => {
    const text = message(() => expect(verdict(passed)).toDetectWithin('broker-drops-client', { latest: '1K' }))
    expect(text).toBe('broker-drops-client detected after 3 s; asked for 0 ms to 2 s')
  })

  test('refuses a bound that is no duration', () => {
    expect(() => expect(verdict(passed)).toDetectWithin('broker-drops-client', { latest: '2 sec' })).toThrow(TypeError)
  })
})
