import { describe, expect, test } from 'vitest'
import type { Check } from '../../src/judge/checks/check.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Registry } from '../../src/model/plugin.ts'
import { run, type Setting } from '../evidence/builder.ts'

const halfOpen = (setting: Setting) => run(setting).connect(0).ping(2000).fault('blackhole', 3000)
const both = ['broker-drops-client', 'client-gives-up']

describe('judge', () => {
  test('gives one outcome for each expectation, in their order, at their lines', () => {
    const evidence = halfOpen({ expect: both })
      .lostPing(4000)
      .end(5000, 'broker', 'broker')
      .end(5000, 'client', 'client')
      .ended(12_000)
    expect(judge(evidence, checks)).toMatchObject({
      result: 'pass',
      troubles: [],
      outcomes: [
        { check: 'broker-drops-client', result: 'pass', position: { line: 10 } },
        { check: 'client-gives-up', result: 'pass', position: { line: 11 } },
      ],
    })
  })

  test('a fail outweighs an inconclusive', () => {
    const evidence = halfOpen({ expect: both }).end(4500, 'broker', 'client').ended(12_000)
    const verdict = judge(evidence, checks)
    expect(verdict.outcomes.map(({ result }) => result)).toEqual(['inconclusive', 'fail'])
    expect(verdict.result).toBe('fail')
  })

  test('an inconclusive outweighs a pass', () => {
    const evidence = halfOpen({ expect: both })
      .lostPing(4000)
      .end(4500, 'broker', 'client')
      .end(5000, 'client', 'client')
      .ended(12_000)
    expect(judge(evidence, checks).result).toBe('inconclusive')
  })

  test('a check that throws knows nothing', () => {
    const broken: Check = {
      ...(checks.get('flaps') as Check),
      judge: () => {
        throw new Error('no such thing')
      },
    }
    const verdict = judge(
      halfOpen({ expect: ['flaps'] }).ended(12_000),
      new Map([['flaps', broken]]) as Registry<Check>,
    )
    expect(verdict).toMatchObject({
      result: 'inconclusive',
      outcomes: [{ reason: 'the check itself failed: no such thing' }],
    })
  })

  test('a check that this halfopen does not have is inconclusive', () =>
    expect(judge(halfOpen({ expect: ['flaps'] }).ended(12_000), new Map())).toMatchObject({
      result: 'inconclusive',
      outcomes: [{ reason: 'there is no check named flaps' }],
    }))

  test('evidence without any event is inconclusive, not an exception', () => {
    const { header } = run({ expect: ['flaps', ...both] }).ended(0)
    expect(judge({ header, events: [] }, checks).result).toBe('inconclusive')
  })
})

describe('must', () => {
  const failing = (must: 'fail' | 'inconclusive') =>
    judge(halfOpen({ expect: ['broker-drops-client'], must }).ended(12_000), checks)

  test('a canary that fails as it must passes, and its outcome still says why', () =>
    expect(failing('fail')).toMatchObject({ result: 'pass', troubles: [], outcomes: [{ result: 'fail' }] }))

  test('one that comes out in any other way fails', () => {
    expect(failing('inconclusive')).toMatchObject({
      result: 'fail',
      troubles: ['must come out as inconclusive, but came out as fail'],
    })
    const passing = halfOpen({ expect: ['broker-drops-client'], must: 'fail' }).end(5000, 'broker', 'broker')
    expect(judge(passing.ended(12_000), checks)).toMatchObject({
      result: 'fail',
      troubles: ['must come out as fail, but came out as pass'],
    })
  })

  test("the harness's own trouble stays inconclusive", () => {
    const untouched = run({ expect: ['broker-drops-client'], must: 'fail' })
      .connect(0)
      .fault('blackhole', 1000, { touched: false })
    expect(judge(untouched.ended(12_000), checks).result).toBe('inconclusive')
  })

  test('an inconclusive one may be what is meant', () => {
    const untouched = run({ expect: ['broker-drops-client'], must: 'inconclusive' })
      .connect(0)
      .fault('blackhole', 1000, { touched: false })
    expect(judge(untouched.ended(12_000), checks).result).toBe('pass')
  })
})

describe('a fleet', () => {
  /** Each device on its own connection; the broker drops it `afterMs` after its last packet. */
  function fleet(...afterMs: readonly (number | undefined)[]): Evidence {
    const evidence = run({ expect: ['broker-drops-client'], count: afterMs.length })
    for (const [i] of afterMs.entries())
      evidence
        .on(i + 1, i + 1)
        .connect(i)
        .ping(2000)
    evidence.fault('blackhole', 3000)
    for (const [i, after] of afterMs.entries())
      if (after !== undefined) evidence.on(i + 1, i + 1).end(2000 + after, 'broker', 'broker')
    return evidence.ended(12_000)
  }

  test('is judged device by device; min, median, p99 and max are told', () => {
    const [outcome] = judge(fleet(2900, 3000, 3200), checks).outcomes
    expect(outcome).toMatchObject({ result: 'pass', afterMs: 3200 })
    expect(outcome?.reason).toMatch(
      /^3 devices: 3 pass; after min 2\.90 s, median 3\.00 s, p99 3\.20 s, max 3\.20 s; worst is device 3: /,
    )
  })

  test('its worst device speaks for all', () => {
    const [outcome] = judge(fleet(3000, undefined, 3000), checks).outcomes
    expect(outcome).toMatchObject({ result: 'fail', seenMs: null })
    expect(outcome?.reason).toMatch(/^3 devices: 2 pass, 1 fail; .*worst is device 2: broker never closed/)
  })

  /** How often judging a fleet reads a field of an event: the same on every machine, busy or not. */
  const readsOf = (devices: number): number => {
    const evidence = run({ expect: both, count: devices })
    for (let i = 1; i <= devices; i++) {
      evidence.on(i, i).connect(0).ping(400, 800, 1200, 1600, 2000).lostPing(4000)
      evidence.end(5000, 'broker', 'broker').end(5000, 'client', 'client')
    }
    evidence.fault('blackhole', 3000)
    const whole = evidence.ended(12_000)
    let reads = 0
    const counted = <T extends object>(event: T): T =>
      new Proxy(event, {
        get(target, key) {
          reads++
          return Reflect.get(target, key)
        },
      })
    expect(judge({ ...whole, events: whole.events.map(counted) }, checks).result).toBe('pass')
    return reads
  }

  test('four times as many devices are judged in about four times as many steps', () => {
    const steps = readsOf(250)
    expect(steps).toBeGreaterThan(250 * 20)
    expect(readsOf(1000)).toBeLessThan(4.5 * steps)
  })
})
