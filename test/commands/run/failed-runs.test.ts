import { describe, expect, test } from 'vitest'
import { stillFailed } from '../../../src/commands/run/failed-runs.ts'
import { failed, inconclusive, passed, skips } from '../../reporters/reports.ts'

const keyOf = ({ scenario }: typeof passed) => ({ file: scenario.position.file, name: scenario.name })
const remembered = (before: readonly (typeof passed)[], reports: readonly (typeof passed)[], planned = reports) =>
  stillFailed(
    before.map(keyOf),
    planned.map(({ scenario }) => scenario),
    reports,
  )

describe('what did not pass when it was last played', () => {
  test('is what failed, what was inconclusive and what never ended', () => {
    expect(remembered([], [passed, failed, inconclusive])).toEqual([failed, inconclusive].map(keyOf))
    expect(remembered([], [], [passed])).toEqual([keyOf(passed)])
  })

  test('stays so until it passes, whatever else is played', () => {
    expect(remembered([failed], [passed])).toEqual([keyOf(failed)])
    expect(remembered([passed, failed], [passed])).toEqual([keyOf(failed)])
    expect(remembered([failed], [failed])).toEqual([keyOf(failed)])
  })

  test('is not changed by a skip', () => {
    const [skip = passed] = skips
    expect(remembered([], [skip])).toEqual([])
    expect(remembered([skip], [skip])).toEqual([keyOf(skip)])
  })
})
