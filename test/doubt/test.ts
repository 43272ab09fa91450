/**
 * `test` for what is measured in real time. A test that asks for `time` claims durations by it. A claim that fails although the
 * machine's own standstill explains it skips the test *by doubt*, with the reason as its note; without recorded doubt it fails.
 */
import { test as base, type ExpectStatic } from 'vitest'
import { RUNNERS, type Runner } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { clock, startWatch, type Watch } from './watch.ts'
import { type Claim, type Doubt, doubtBetween, doubtIn, inWords, NO_DOUBT, weigh } from './weigh.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Set by every test that claimed something of real time. */
    realTime?: true
    /** Why its figures say nothing. */
    doubt?: string
  }
}

/** Where two dates of one run of the product lie, and whose acts they are. */
export interface Span {
  readonly evidence: Evidence
  readonly fromMs: number
  readonly toMs: number
  /** Whose standstill makes the span longer. By default everybody's. */
  readonly of?: readonly Runner[]
}

const DOUBT_OF_THREAD: readonly Runner[] = ['harness', 'client']

export class Time {
  readonly #watch: Watch
  readonly #skip: (note: string) => never
  readonly #expect: () => ExpectStatic
  readonly doubts: string[] = []
  /** Whether anything was claimed. */
  isUsed = false

  constructor(watch: Watch, skip: (note: string) => never, expect: () => ExpectStatic) {
    this.#watch = watch
    this.#skip = skip
    this.#expect = expect
  }

  /** Milliseconds of this worker's clock. */
  nowMs(): number {
    return clock.nowMs()
  }

  /** A process that what is measured waits for: what it and all that it starts wait for a processor is doubt too. */
  alsoOf(pid: number | undefined): void {
    if (pid !== undefined) this.#watch.alsoOf(pid)
  }

  /** Claims how long something took by this worker's clock, from `fromMs` until `toMs`, by default now. */
  took(what: string, fromMs: number, claim: Claim, toMs = clock.nowMs()): void {
    this.claim(what, toMs - fromMs, claim, this.doubt(fromMs, toMs))
  }

  /** What this thread and the watched processes stood still between two dates of this worker's clock. */
  doubt(fromMs: number, toMs: number): Doubt {
    return doubtBetween(this.#watch.standstills(), DOUBT_OF_THREAD, fromMs, toMs)
  }

  /** Claims how far apart two dates of one run are. */
  saw(what: string, { evidence, fromMs, toMs, of = RUNNERS }: Span, claim: Claim): void {
    this.claim(what, toMs - fromMs, claim, doubtIn(evidence.events, fromMs, toMs, of))
  }

  /** Claims that one of these holds. Where none does, but the doubt explains one, the test will be skipped. */
  oneOf(claims: readonly { what: string; tookMs: number; claim: Claim; doubt: Doubt }[]): void {
    const weighed = claims.map(each => ({ ...each, comesTo: weigh(each.tookMs, each.claim, each.doubt) }))
    const best = ['holds', 'doubted', 'fails'].flatMap(way => weighed.filter(({ comesTo }) => comesTo === way))[0]
    if (best) this.claim(best.what, best.tookMs, best.claim, best.doubt)
  }

  /** The claim itself, with a doubt that comes from elsewhere. */
  claim(what: string, tookMs: number, claim: Claim, doubt: Doubt = NO_DOUBT): void {
    this.#expect()(this.holds(what, tookMs, claim, doubt), inWords(what, tookMs, claim, doubt)).toBe(true)
  }

  /** Something went another way than claimed, which a machine that stood still for `leastMs` and longer can do. */
  otherWay(what: string, doubt: Doubt, leastMs: number): void {
    this.isUsed = true
    const words = `${what}; the machine stood still for up to ${Math.round(doubt.longMs)} ms`
    this.#expect()(doubt.longMs, words).toBeGreaterThanOrEqual(leastMs)
    this.#doubt(words)
  }

  /** Asserts what a machine that stood still for `leastMs` and longer since `fromMs` may have turned round. */
  unlessStill(leastMs: number, fromMs: number, asserts: () => void): void {
    this.isUsed = true
    const { longMs } = this.doubt(fromMs, clock.nowMs())
    try {
      asserts()
    } catch (error) {
      if (longMs < leastMs) throw error
      this.#doubt(`${(error as Error).message}; the machine stood still for up to ${Math.round(longMs)} ms`)
    }
  }

  /** False where not even the doubt explains it; where the doubt does, the test will be skipped. */
  holds(what: string, tookMs: number, claim: Claim, doubt: Doubt): boolean {
    this.isUsed = true
    const weighed = weigh(tookMs, claim, doubt)
    if (weighed === 'doubted') this.#doubt(inWords(what, tookMs, claim, doubt))
    return weighed !== 'fails'
  }

  /** As `took`, of what the test itself does in time: where the machine was late, there is nothing to be seen, and the test ends. */
  must(what: string, fromMs: number, claim: Claim): void {
    this.took(what, fromMs, claim)
    if (this.doubts.length > 0) this.#skip(`by doubt: ${this.doubts.join('; ')}`)
  }

  /** What is measured here was measured elsewhere, and is doubted there: the test ends here, by doubt. */
  doubted(words: string): never {
    return this.#skip(`by doubt: ${words}`)
  }

  /** A verdict with a trouble or an outcome that is the machine's doing says nothing: the test ends here, by doubt. */
  judged<V extends Verdict>(verdict: V): V {
    this.isUsed = true
    const reasons = verdict.outcomes.flatMap(({ blame, reason }) => (blame === 'harness' ? [reason] : []))
    if (reasons.length === 0 && (verdict.blame !== 'harness' || verdict.troubles.length === 0)) return verdict
    return this.#skip(`by doubt: ${[...verdict.troubles, ...reasons].join('; ')}`)
  }

  /** A test that is doubted has asserted something: that it is. */
  #doubt(words: string): void {
    this.doubts.push(words)
    this.#expect()(this.doubts).toContain(words)
  }

  /**
   * Waits until `ms` have passed in which this thread ran freely, so that what did not arrive meanwhile was not merely late. What
   * ever stood still is waited for again.
   */
  async rest(ms: number): Promise<void> {
    this.isUsed = true
    const fromMs = clock.nowMs()
    for (let lostMs = 0; ; ) {
      await clock.advanceTo(fromMs + ms + lostMs)
      const stoodMs = this.doubt(fromMs, clock.nowMs()).longMs
      if (stoodMs - lostMs < 1) return
      lostMs = stoodMs
    }
  }
}

export const test = base.extend<{ time: Time }>({
  time: async ({ task, skip }, use) => {
    const watch = startWatch()
    const byDoubt = (note: string): never => {
      Object.assign(task.meta, { realTime: true, doubt: note })
      return skip(note)
    }
    // Asked for only where it is needed: from then on vitest counts what the test's own `expect` asserts, and no other.
    const time = new Time(watch, byDoubt, () => task.context.expect)
    await use(time)
    watch.stop()
    if (time.isUsed) task.meta.realTime = true
    // A test that failed has failed: a skip would hide it.
    if (time.doubts.length > 0 && task.result?.state !== 'fail') byDoubt(`by doubt: ${time.doubts.join('; ')}`)
  },
})

export const it = test
