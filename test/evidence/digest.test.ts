import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/evidence/digest.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { run } from './builder.ts'
import { type Storm, storm } from './storm.ts'

const digested = async (evidence: Evidence, most?: number): Promise<Evidence> => ({
  header: evidence.header,
  events: await digestOf(evidence.header, streamOf(evidence.events), most),
})

const streamOf = (events: readonly Event[]) => ({
  count: events.length,
  async *slices() {
    for (let from = 0; from < events.length; from += 500) yield events.slice(from, from + 500)
  },
})

/** Of a silence that is shorter only some are seen. */
const SPAN_MS = 100

/** What a verdict says, with dates as exact as a digest has them. */
const said = (evidence: Evidence) => {
  const { result, troubles, outcomes } = judge(evidence, checks)
  return { result, troubles, outcomes: outcomes.map(({ check, result }) => ({ check, result })) }
}

const storms: fc.Arbitrary<Storm> = fc.record({
  perS: fc.integer({ min: 40, max: 400 }),
  what: fc.constantFrom('pings', 'publishes', 'both'),
  answerMs: fc.constantFrom(0, 1, 7, 40, 900),
  pauseMs: fc.constantFrom(0, 0, 50, 1500, 3500),
  faultMs: fc.option(fc.integer({ min: 1500, max: 6000 }), { nil: undefined }),
  fault: fc.constantFrom('blackhole', 'deaf'),
  end: fc.constantFrom('client-fin', 'client-rst', 'broker-fin', 'disconnect', 'none'),
  endMs: fc.integer({ min: 3000, max: 9000 }),
  reconnects: fc.constantFrom(0, 1, 5, 600),
  again: fc.record({ count: fc.constantFrom(0, 1, 900), forMs: fc.constantFrom(0.2, 3, 250) }),
})

describe('a digest', () => {
  test('comes to the verdict of all events, whatever storms', async () => {
    await fc.assert(
      fc.asyncProperty(storms, async given => {
        const whole = storm(given)
        expect(said(await digested(whole))).toEqual(said(whole))
      }),
      { numRuns: Number(process.env.HALFOPEN_SLOW ? 500 : 40) },
    )
  }, 300_000)

  test('counts what was left out, and dates what counts as exactly', async () => {
    const whole = storm({ ...calm, perS: 400, what: 'pings', end: 'client-fin', endMs: 9000 })
    const [one, other] = [whole, await digested(whole)].map(evidence => judge(evidence, checks).outcomes)
    expect(other?.map(({ seenMs }) => seenMs)).toEqual(one?.map(({ seenMs }) => seenMs))
    const longest = /longest of (\d+) gaps/
    expect(longest.exec(other?.[0]?.reason ?? '')?.[1]).toBe(longest.exec(one?.[0]?.reason ?? '')?.[1])
    expect(longest.exec(one?.[0]?.reason ?? '')?.[1]).toBeDefined()
  })

  test('counts connections that went the same way', async () => {
    const whole = storm({ ...calm, reconnects: 3000 })
    const small = await digested(whole)
    expect(small.events.length).toBeLessThan(whole.events.length / 3)
    const lost = ({ outcomes }: { readonly outcomes: ReturnType<typeof judge>['outcomes'] }) =>
      /\d+ of \d+ connections lost/.exec(outcomes.find(({ check }) => check === 'flaps')?.reason ?? '')?.[0]
    expect(lost(judge(small, checks))).toBe(lost(judge(whole, checks)))
    expect(lost(judge(small, checks))).toMatch(/^3\d\d\d of/)
  })

  test('of a few events is all of them', async () => {
    const few = run({ expect: ['flaps'] })
      .connect(0)
      .ping(2000)
      .end(5000, 'client', 'client', 'fin')
      .ended(6000)
    expect((await digested(few)).events.map(({ atMs, what }) => [atMs, what])).toEqual(
      few.events.map(({ atMs, what }) => [atMs, what]),
    )
  })

  test('of what is too manifold says so, and is no pass', async () => {
    const messages = Array.from(
      { length: 3000 },
      (_, i): Event => ({ atMs: i, who: 'witness', what: 'received', flow: 'up', seq: i + 1 }),
    )
    const evidence = run({ expect: ['stays-connected'] })
      .connect(0)
      .ended(6000)
    const [ended] = evidence.events.slice(-1)
    const much = { ...evidence, events: [...evidence.events.slice(0, -1), ...messages, ...(ended ? [ended] : [])] }
    const small = await digested(much, 1000)
    expect(small.events.length).toBeLessThan(1010)
    const { result, troubles } = judge(small, checks)
    expect(result).toBe('inconclusive')
    expect(troubles[0]).toContain(`${much.events.length} events`)
  })

  test('silences that are longer than a span are all there, with both ends', async () => {
    const whole = storm({ ...calm, perS: 300, pauseMs: 1500 })
    const gaps = ({ events }: Evidence) => {
      const sent = events.filter(event => event.what === 'packet' && event.edge === 'client' && event.flow === 'up')
      return sent
        .slice(1)
        .map(({ atMs }, i) => [sent[i]?.atMs ?? 0, atMs] as const)
        .filter(([a, b]) => b - a > SPAN_MS)
    }
    const small = gaps(await digested(whole)).filter(([a, b]) => b - a > 2 * SPAN_MS)
    expect(small).toEqual(gaps(whole).filter(([a, b]) => b - a > 2 * SPAN_MS))
    expect(small.length).toBeGreaterThan(0)
  })
})

const calm: Storm = {
  perS: 100,
  what: 'pings',
  answerMs: 1,
  pauseMs: 0,
  faultMs: undefined,
  fault: 'blackhole',
  end: 'none',
  endMs: 9000,
  reconnects: 0,
  again: { count: 0, forMs: 1 },
}
