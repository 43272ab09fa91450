import { describe, expect, test } from 'vitest'
import { closingWords, exitCodeOf, type RunOutcome } from '../../src/terminal/exit.ts'
import { wantsColor } from '../../src/terminal/say.ts'
import { failed, inconclusive, passed, skips } from '../reporters/reports.ts'

const outcome = (change: Partial<RunOutcome>): RunOutcome => ({
  reports: [passed],
  total: change.reports?.length ?? 1,
  troubles: [],
  requireAll: false,
  stoppedBy: undefined,
  ...change,
})

describe('the exit code', () => {
  test.each([
    ['all passed', {}, 0],
    ['some were skipped', { reports: [passed, ...skips] }, 0],
    ['some were skipped, and none may be', { reports: [passed, ...skips], requireAll: true }, 3],
    ['all were skipped', { reports: skips }, 3],
    ['nothing was reported', { reports: [], total: 2 }, 3],
    ['one never ended', { total: 2 }, 3],
    ['the harness had trouble', { troubles: ['no space left'] }, 3],
    ['one was inconclusive', { reports: [passed, inconclusive] }, 3],
    ['one failed', { reports: [passed, failed] }, 4],
    ['one failed and much else went wrong', { reports: [failed, inconclusive], total: 5, troubles: ['x'] }, 4],
    ['it was stopped', { reports: [failed], stoppedBy: 'SIGINT' }, 130],
    ['it was terminated', { stoppedBy: 'SIGTERM' }, 143],
  ] as const)('where %s', (_, change, code) => {
    expect(exitCodeOf(outcome(change))).toBe(code)
  })

  test('never is 3 for skips without a word on it', () => {
    expect(closingWords(outcome({ reports: skips }))).toHaveLength(1)
    expect(closingWords(outcome({ reports: [passed, ...skips], requireAll: true }))).toHaveLength(1)
    expect(closingWords(outcome({ reports: [passed, ...skips] }))).toEqual([])
  })
})

describe('colour', () => {
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ CI: 'true' }, false, false],
  ])('with %j and a terminal: %j, is %j', (env, isTerminal, color) => {
    expect(wantsColor(env, isTerminal)).toBe(color)
  })
})
