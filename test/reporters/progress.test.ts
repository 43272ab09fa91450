import { describe, expect, test } from 'vitest'
import { heartbeat, liveLines, type RunProgress } from '../../src/reporters/progress.ts'
import { styleFor } from '../../src/reporters/reporter.ts'
import { widthOf } from '../../src/text/layout.ts'
import { everything, passed, scenario } from './reports.ts'

const golden = (name: string) => `../golden/reporters/${name}`
const none = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }

const progress: RunProgress = {
  total: 30,
  counts: { ...none, pass: 10, fail: 1, skipped: 1 },
  running: [
    ...everything.map(({ scenario }, number) => ({ scenario, sinceMs: number * 500 })),
    {
      scenario: scenario('x.yaml', 'a middlebox with a time-out of minutes', { until: { ms: 400_000, k: 0 } }),
      sinceMs: 0,
    },
  ],
}

describe('while scenarios wait', () => {
  test('a terminal shows how far it is, what runs, and how long still', async () => {
    await expect(`${liveLines(progress, 4200, 80, styleFor(false))}\n`).toMatchFileSnapshot(golden('progress-live.txt'))
  })

  test('a log gets a line of the same', async () => {
    await expect(`${heartbeat(progress, 4200, 80)}\n`).toMatchFileSnapshot(golden('progress-log.txt'))
  })

  test.each([40, 80])('nothing overflows %i columns', width => {
    const lines = `${liveLines(progress, 0, width, styleFor(false))}\n${heartbeat(progress, 0, width)}`.split('\n')
    expect(lines.filter(line => widthOf(line) > width)).toEqual([])
  })

  test('what is overdue has no time left, rather than a negative one', () => {
    const late = { total: 1, counts: none, running: [{ scenario: passed.scenario, sinceMs: 0 }] }
    expect(heartbeat(late, 99_000, 80)).toContain('1 running, 0 s left')
  })

  test('what plays in virtual time is promised no time that is left', () => {
    const long = { ...passed.scenario, until: { ms: 24 * 3_600_000, k: 0 } }
    const virtual = { total: 1, counts: none, running: [{ scenario: long, sinceMs: 0, isVirtual: true }] }
    expect(heartbeat(virtual, 0, 80)).toMatch(/1 running: /)
    expect(liveLines(virtual, 0, 80, styleFor(false))).toMatch(/virtual$/)
  })

  test('before the first and after the last, nothing runs', () => {
    expect(heartbeat({ total: 1, counts: none, running: [] }, 0, 80)).toBe('0 of 1 scenario done')
  })
})
