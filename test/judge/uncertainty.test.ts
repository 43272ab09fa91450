import { describe, expect, test } from 'vitest'
import { checks } from '../../src/judge/checks/index.ts'
import { withinWindow } from '../../src/judge/checks/window.ts'
import { judge } from '../../src/judge/judge.ts'
import { weighed } from '../../src/judge/uncertainty.ts'
import { run } from '../evidence/builder.ts'
import { outcome, result } from './checks/verdicts.ts'

/** The window of Aedes at K = 2: 2000 to 3251 ms after the last packet, which came at 2000. */
const dropped = (atMs: number) =>
  run({ expect: ['broker-drops-client'] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .end(atMs, 'broker', 'broker')

describe('a stall of the event loop', () => {
  test.each([
    [5000, 1000, 'pass'],
    [5000, 1001, 'inconclusive'],
    [4100, 99, 'pass'],
    [4100, 101, 'inconclusive'],
    [5400, 148, 'fail'],
    [5400, 149, 'inconclusive'],
    [3900, 500, 'fail'],
    [3900, 501, 'inconclusive'],
  ])('seen at %i ms, and dated up to %i ms late: %s', (atMs, forMs, expected) =>
    expect(
      result(
        dropped(atMs)
          .stalled(atMs - 10, forMs)
          .ended(12_000),
      ),
    ).toBe(expected),
  )

  test.each([
    [5000, 251, 'pass'],
    [5000, 252, 'inconclusive'],
    [3900, 99, 'fail'],
    [3900, 100, 'inconclusive'],
  ])('seen at %i ms, while the anchor may be dated %i ms late: %s', (atMs, forMs, expected) =>
    expect(result(dropped(atMs).stalled(2010, forMs).ended(12_000))).toBe(expected),
  )

  test('between the two dates it harms nothing that came in time', () =>
    expect(result(dropped(5000).stalled(4000, 700).ended(12_000))).toBe('pass'))

  test('says so, and keeps what was found', () => {
    const found = outcome(dropped(5400).stalled(4000, 700).ended(12_000))
    expect(found.reason).toMatch(
      /^halfopen itself stood still for 700 ms of this time, enough to turn this round: broker/,
    )
    expect(found).toMatchObject({ sinceMs: 2000, seenMs: 5400 })
  })

  test('before the anchor or long after the close it is nobody’s excuse', () => {
    expect(result(dropped(5400).stalled(1900, 800).ended(12_000))).toBe('fail')
    expect(result(dropped(5400).stalled(8000, 800).ended(12_000))).toBe('fail')
  })

  test('what never happened is excused only by a stall as long as the excess', () => {
    const never = (forMs: number) =>
      run({ expect: ['broker-drops-client'] })
        .connect(0)
        .ping(2000)
        .fault('blackhole', 3000)
        .stalled(9000, forMs)
    // Waited for 10 s, 6.749 s longer than allowed.
    expect(result(never(6700).ended(12_000))).toBe('fail')
    expect(result(never(6800).ended(12_000))).toBe('inconclusive')
  })

  test('an earliest moment of 0 is no edge: nothing happens before its cause', () => {
    const will = run({ expect: ['will-published'] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .end(4000, 'broker', 'client')
      .will(4002)
      .stalled(4100, 500)
    expect(result(will.ended(12_000))).toBe('pass')
  })

  test('a loss is put down to a stall of a quarter of K just before it', () => {
    const lost = (stalledMs: number, forMs: number) =>
      result(
        run({ expect: ['stays-connected'] })
          .connect(0)
          .ping(2000, 4000)
          .stalled(stalledMs, forMs)
          .end(6000, 'client', 'client')
          .ended(12_000),
      )
    expect(lost(5900, 500)).toBe('fail')
    expect(lost(5900, 501)).toBe('inconclusive')
    expect(lost(1900, 501)).toBe('fail')
  })

  test('stalls that together are that long count as one, also those before the CONNACK', () => {
    const lost = (...stallsMs: readonly number[]) => {
      const evidence = run({ expect: ['stays-connected'] }).connect(0)
      for (const atMs of stallsMs) evidence.stalled(atMs, 200)
      return outcome(evidence.ping(2160).end(2330, 'client', 'broker').ended(12_000))
    }
    expect(lost(-400, 300).result).toBe('fail')
    expect(lost(-900, -400, 300)).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringMatching(/^halfopen itself stood still for 600 ms, 3 times together/),
    })
  })
})

/** An event of the machine, as a process tells of itself or is seen. */
const starved = (of: 'link' | 'client' | 'broker' | 'witness', forMs: number, overMs = forMs) =>
  ({ who: 'harness', what: 'starved', of, forMs, overMs, how: 'no-cpu' }) as const

describe('a party that was not let run', () => {
  test('is excused for as long as it stood still in all, and named', () => {
    const found = outcome(
      dropped(5400).add(4000, starved('broker', 100)).add(4800, starved('broker', 60)).ended(12_000),
    )
    expect(found).toMatchObject({ result: 'inconclusive', blame: 'harness' })
    expect(found.reason).toMatch(
      /^the broker got no processor for 160 ms of this time, enough to turn this round: broker closed/,
    )
  })

  test('is not excused for more than that', () =>
    expect(result(dropped(5400).add(4000, starved('broker', 100)).add(4800, starved('broker', 40)).ended(12_000))).toBe(
      'fail',
    ))

  test('stopped by a signal, it is told apart from a late one', () => {
    const stopped = { ...starved('broker', 400), how: 'stopped' } as const
    expect(outcome(dropped(5400).add(4800, stopped).ended(12_000)).reason).toMatch(
      /^the broker was stopped by a signal for/,
    )
  })

  test('in its window it passes, however long anybody stood still', () =>
    expect(result(dropped(5000).add(4800, starved('broker', 2000)).ended(12_000))).toBe('pass'))
})

describe('a date that is an interval', () => {
  const lateEnd = (atMs: number, lateMs: number) =>
    run({ expect: ['broker-drops-client'] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .add(atMs, { who: 'link', what: 'fin', edge: 'broker', from: 'broker', conn: 1, lateMs } as never)
      .ended(12_000)

  test('turns a finding round only where the whole excess lies in it', () => {
    expect(result(lateEnd(5400, 148))).toBe('fail')
    expect(outcome(lateEnd(5400, 149))).toMatchObject({
      result: 'inconclusive',
      blame: 'harness',
      reason: expect.stringMatching(/^a date that this rests on may be 149 ms late, enough to turn this round/),
    })
  })

  test('gives the figure its plus and minus', () =>
    expect(outcome(lateEnd(5000, 40))).toMatchObject({ result: 'pass', minusMs: 40, plusMs: 1 }))
})

describe('a run that was not played as written', () => {
  const faultAt = (atMs: number) =>
    run({ expect: ['broker-drops-client'] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', atMs)
      .end(5400, 'broker', 'broker')
      .ended(12_000)
  const planned = (evidence: ReturnType<typeof faultAt>, atMs: number) => ({
    ...evidence,
    header: {
      ...evidence.header,
      scenario: {
        ...evidence.header.scenario,
        timeline: evidence.header.scenario.timeline.map(step => ({ ...step, at: { ms: atMs, k: 0 } })),
      },
    },
  })

  test('fails nobody where a fault came late', () => {
    expect(result(planned(faultAt(3000), 2600))).toBe('fail')
    const late = outcome(planned(faultAt(3000), 2400))
    expect(late).toMatchObject({ result: 'inconclusive', blame: 'harness' })
    expect(late.reason).toMatch(/^halfopen was not let run and gave blackhole#0 600 ms late: broker closed/)
  })
})

describe('messages that were handed over late', () => {
  /** Ten a second are written, and messages-kept asks for them; `firstMs`: when those came that were due until then. */
  const streamFrom = (firstMs: number, stalledMs: number, must?: 'fail') => {
    const lost = must === undefined ? 15 : 0
    const record = run({ expect: ['messages-kept'] }).connect(0)
    if (stalledMs > 0) record.stalled(firstMs, stalledMs, 'harness')
    for (let seq = 1; seq <= 20; seq++) {
      const atMs = Math.max(seq * 100, firstMs)
      if (seq === lost) record.message(seq, atMs)
      else record.message(seq, atMs, atMs + 10)
    }
    const evidence = record.ping(2000).ended(6000)
    const { header } = evidence
    const traffic = { publishing: { qos: 1 as const, every: { ms: 100, k: 0 } } }
    const client = { ...header.scenario.client, traffic }
    return { ...evidence, header: { ...header, scenario: { ...header.scenario, client, ...(must && { must }) } } }
  }

  test('are another stream, of which nobody is failed, nor a canary', () => {
    expect(result(streamFrom(0, 0))).toBe('fail')
    expect(outcome(streamFrom(600, 550))).toMatchObject({
      result: 'inconclusive',
      blame: 'harness',
      reason: expect.stringMatching(/^halfopen was not let run and handed over a message 500 ms late: /),
    })
    expect(judge(streamFrom(0, 0, 'fail'), checks).result).toBe('fail')
    expect(judge(streamFrom(600, 550, 'fail'), checks)).toMatchObject({ result: 'inconclusive', blame: 'harness' })
  })

  test('where time is faster, late by no more than a turn of the machine they are as written', () => {
    const { header, ...rest } = streamFrom(600, 550)
    const reason = (labResolutionMs: number) =>
      outcome({ ...rest, header: { ...header, speed: 50, labResolutionMs } }).reason
    expect(reason(2)).toMatch(/handed over a message/)
    expect(reason(600)).not.toMatch(/handed over a message/)
  })

  test('by somebody else than halfopen are what they are', () => {
    expect(result(streamFrom(600, 0))).toBe('fail')
  })
})

describe('messages that were not handed over at all', () => {
  /** One is due every 3 s in 12 s; `stalledMs` of the last 9 s halfopen stood still. */
  const unsaid = (stalledMs: number, messages = 0) => {
    const record = run({ expect: ['messages-kept'] }).connect(0)
    for (let seq = 1; seq <= messages; seq++) record.message(seq, seq * 3000, seq * 3000 + 10)
    for (let i = 1; i <= 9; i++) if (stalledMs > 0) record.stalled(3000 + i * 1000, stalledMs / 9, 'harness')
    const evidence = record.ping(2000, 4000, 6000, 8000, 10_000).ended(12_000)
    const { header } = evidence
    const traffic = { publishing: { qos: 1 as const, every: { ms: 3000, k: 0 } } }
    const client = { ...header.scenario.client, traffic }
    return { ...evidence, header: { ...header, scenario: { ...header.scenario, client } } }
  }

  test('while halfopen stood still, are its doing: such a run says nothing, and is played again', () => {
    expect(judge(unsaid(8000), checks)).toMatchObject({ result: 'inconclusive', blame: 'harness' })
    expect(outcome(unsaid(8000)).reason).toMatch(
      /^halfopen was not let run and did not hand over a message that was due 9.00 s before the end: /,
    )
  })

  test('are not, where it ran', () => {
    const { result, blame } = judge(unsaid(90), checks)
    expect({ result, blame }).toEqual({ result: 'inconclusive', blame: undefined })
    expect(result).not.toBe('fail')
  })

  test('are none where all that were due were', () => expect(result(unsaid(8000, 4))).toBe('pass'))
})

describe('a fault that was lifted late', () => {
  const liftedAt = (liftedMs: number, stalledMs: number) => {
    const evidence = run({ expect: ['broker-drops-client'] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
      .stalled(liftedMs, stalledMs, 'harness')
      .lifted('blackhole#0', liftedMs)
      .end(5400, 'broker', 'broker')
      .ended(12_000)
    const timeline = evidence.header.scenario.timeline.map(step => ({
      ...step,
      at: { ms: 3000, k: 0 },
      for: { ms: 1000, k: 0 },
    }))
    const { header } = evidence
    return { ...evidence, header: { ...header, scenario: { ...header.scenario, timeline } } }
  }

  test('fails nobody where halfopen stood still over it, and does where the peer itself took so long', () => {
    expect(outcome(liftedAt(4600, 700))).toMatchObject({
      result: 'inconclusive',
      blame: 'harness',
      reason: expect.stringMatching(/^halfopen was not let run and lifted blackhole#0 600 ms late: /),
    })
    expect(result(liftedAt(4600, 20))).toBe('fail')
  })
})

describe('what did not happen', () => {
  /** The fault was asked for and never touched a byte, so the connection was not lost. */
  const untouched = (expect: Parameters<typeof run>[0] & object) =>
    run(expect).connect(0).ping(2000).fault('blackhole', 3000, { touched: false }).ended(12_000)

  test('is no fail where the fault never bit', () => {
    expect(result(untouched({ expect: [{ flaps: { min: 1 } }] }))).toBe('inconclusive')
    expect(result(untouched({ expect: ['application-told'] }))).toBe('inconclusive')
  })

  test('is no fail after halfopen and all its parts stood still for ten seconds', () => {
    const evidence = run({ expect: [{ flaps: { min: 1 } }] })
      .connect(0)
      .ping(2000)
      .fault('blackhole', 3000)
    expect(result(evidence.stalled(11_000, 7000).ended(12_000))).toBe('inconclusive')
    expect(
      result(
        run({ expect: [{ flaps: { min: 1 } }] })
          .connect(0)
          .ping(2000)
          .fault('blackhole', 3000)
          .ended(12_000),
      ),
    ).toBe('fail')
  })
})

describe('a client that does not even try to come back', () => {
  const away = () =>
    run({ expect: ['reconnects'] })
      .connect(0)
      .ping(2000, 4000)
      .end(5000, 'client', 'client')

  test('has failed, however long the broker got no processor: nothing came to it', () =>
    expect(outcome(away().add(11_000, starved('broker', 900)).ended(12_000))).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('the client did not try'),
    }))

  test.each(['client', 'link'] as const)('may have tried where the %s got none', of =>
    expect(outcome(away().add(11_000, starved(of, 900)).ended(12_000))).toMatchObject({
      result: 'inconclusive',
      blame: 'harness',
    }),
  )
})

describe('what is dated before its cause', () => {
  const window = { earliestMs: 0, latestMs: 1000, origin: 'scenario', source: '1 s' } as const
  const finding = withinWindow({
    window,
    keepaliveMs: 2000,
    sinceMs: 3000,
    seenMs: 2998,
    endMs: 9000,
    did: 'will published',
    didNot: 'no will published',
    since: "the fault's RST",
  })
  const told = (lateMs: number) =>
    weighed(finding, { standstills: [], lateMs: () => lateMs }, { keepaliveMs: 2000, endMs: 9000 })

  test('was there with it, where the cause may be dated so late: nothing happens before', () =>
    expect(told(7)).toMatchObject({ result: 'pass', seenMs: 3000, reason: expect.not.stringContaining('too early') }))

  test('comes too early where the dates leave no room for that', () =>
    expect(told(1)).toMatchObject({ result: 'fail', reason: expect.stringContaining('2 ms too early') }))
})

describe('a loss right behind the CONNACK', () => {
  /** The link saw the end 2.4 s after the CONNACK, up to `lateMs` late. */
  const lost = (lateMs: number) =>
    outcome(
      run({ expect: ['stays-connected'] })
        .connect(0)
        .add(2400, { who: 'link', what: 'fin', edge: 'client', from: 'client', conn: 1, lateMs } as never)
        .ended(12_000),
    )

  test('may have come before it, where it is dated so late', () =>
    expect(lost(31_000)).toMatchObject({ result: 'inconclusive', blame: 'harness' }))

  test('is a loss where it is not', () => expect(lost(1000)).toMatchObject({ result: 'fail' }))
})
