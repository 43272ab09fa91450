import type { Clock } from '../../clock/clock.ts'
import { BEYOND } from './busy.ts'
import { type Findings, findingsOf, type TimeoutBounds } from './findings.ts'
import {
  isDead,
  type Observation,
  ONE_WAYS,
  type OneWay,
  type Silent,
  VARIANTS,
  type Variant,
  voidsOf,
} from './observation.ts'
import { Control } from './probe-control.ts'
import { ANSWER_MS, openSession, type ProbeTerms, type SessionContext, settleTerms } from './probe-session.ts'
import type { Report } from './probe-text.ts'
import { climb, ladder, oneWayLadder, type RungContext, refinement, subscribe } from './rung.ts'
import { type Target, targetName } from './target.ts'

interface ProbeOrder {
  readonly target: Target
  readonly clock: Clock
  /** Unique among probes, a few letters and digits. */
  readonly id: string
  /** The longest silence. The silences take at most `TIME_LIMIT` times as long, all in all. */
  readonly maxMs: number
  /** Connections at once, at most. */
  readonly connections: number
  /** Where given: how long an answer may take, a connection and a CONNACK too. */
  readonly patienceMs?: number
  /** Ends every wait at once; the report is of what was known by then. */
  readonly signal: AbortSignal
  progress(observations: readonly Observation[], waiting: number): void
}

export const TIME_LIMIT = 1.3
/** Opened together: more would look like an attack. */
const OPENED_TOGETHER = 20
/** Between those; a broker that answers late is not to make the opening last for minutes. */
const LONGEST_PAUSE_MS = 500
const LEAST_PATIENCE_MS = 3000
const MOST_PATIENCE_MS = 10_000
/** Time for a segment that was lost to be sent again a few times. */
const PATIENCE_ROUND_TRIPS = 20
const REFINING = 12
/** Fewer connections than this go to the silences alone. */
const ENOUGH_FOR_ONE_WAY = 60
const ONE_WAY_RUNGS = 6
/** To one connection: what the broker published, whether a ping heals that, and the control's own. */
const MOST_QUESTIONS = 3
/** One that tells whether the network is up. */
const CONTROL = 1

/** Finds the idle time-out of the path to a broker. Rejects where the broker can't be used at all. */
export async function probe(order: ProbeOrder): Promise<Report> {
  const { target, clock, id, patienceMs: answerMs = ANSWER_MS, signal } = order
  const over = new AbortController()
  const stop = () => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const context = { target, clock, id, answerMs, over: over.signal }
    const run = new Run(order, context, await settleTerms(context), stop)
    return await run.play()
  } catch (error) {
    throw signal.aborted ? new Error('it was stopped before anything was known') : error
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

class Run {
  readonly #order: ProbeOrder
  readonly #context: RungContext
  readonly #stop: () => void
  readonly #beganMs: number
  /** When the first silence was begun. */
  #startMs: number
  readonly #observations: Observation[] = []
  readonly #pending = new Map<
    symbol,
    { readonly variant: Variant; readonly silenceMs: number; readonly stop: AbortController }
  >()
  readonly #refined = new Set<Silent>()
  readonly #all: Promise<void>[] = []
  readonly #skipped: string[] = []
  #connections = 0
  #cutShort: string | undefined

  /** `stop` ends every line. */
  constructor(order: ProbeOrder, context: SessionContext, terms: ProbeTerms, stop: () => void) {
    this.#order = order
    this.#stop = stop
    this.#beganMs = order.clock.nowMs()
    this.#startMs = this.#beganMs
    const patienceMs =
      order.patienceMs ??
      Math.min(MOST_PATIENCE_MS, Math.max(LEAST_PATIENCE_MS, PATIENCE_ROUND_TRIPS * terms.roundTripMs))
    const control = new Control(context, terms, patienceMs)
    const knowsHealing = () =>
      this.#observations.some(({ outcome }) => outcome.what === 'silent' && outcome.heals !== undefined)
    this.#context = { ...context, terms, control, patienceMs, knowsHealing }
  }

  async play(): Promise<Report> {
    const { control } = this.#context
    let cancel = () => {}
    try {
      await control.open()
      const variants = await this.#variants()
      cancel = this.#limitTime()
      await this.#start(variants)
      // A rung that ends may add others.
      for (let i = 0; i < this.#all.length; i++) await this.#all[i]
      await this.#confirmAge()
      return this.#report()
    } catch (error) {
      if (this.#order.signal.aborted) return this.#report()
      throw error
    } finally {
      cancel()
      control.close()
    }
  }

  /** A busy connection that ended once may have ended by a restart: the next one has to end at the same age. */
  async #confirmAge(): Promise<void> {
    const { clock, maxMs, signal } = this.#order
    const { maxAge } = this.#findings()
    if (!maxAge || maxAge.times > 1) return
    const untilMs = Math.min(clock.nowMs() + 1.2 * maxAge.ageMs + 1000, this.#startMs + TIME_LIMIT * maxMs)
    while (clock.nowMs() < untilMs && !signal.aborted && this.#findings().maxAge?.times === 1)
      await clock.advanceTo(Math.min(untilMs, clock.nowMs() + LONGEST_PAUSE_MS))
  }

  /** When its time is up no silence goes on; those that are being asked may still answer, but not for ever. */
  #limitTime(): () => void {
    const { clock, maxMs } = this.#order
    this.#startMs = clock.nowMs()
    const endMs = this.#startMs + TIME_LIMIT * maxMs
    const cancels = [
      clock.at(endMs, () => {
        this.#cutShort ??= 'its time was up'
        for (const { stop } of this.#pending.values()) stop.abort()
      }),
      clock.at(endMs + MOST_QUESTIONS * this.#context.patienceMs, this.#stop),
    ]
    return () => {
      for (const cancel of cancels) cancel()
    }
  }

  /** What this broker lets us ask. */
  async #variants(): Promise<readonly Silent[]> {
    try {
      const line = await openSession(this.#context, this.#context.terms, 't')
      const topic = `halfopen/probe/${this.#order.id}/test`
      await subscribe(line, topic, this.#context)
      await this.#context.control.publish(topic)
      const arrived = await line.next('publish', this.#context.patienceMs)
      line.drop()
      if (line.fault !== undefined) throw new Error(line.fault)
      if (arrived) return VARIANTS
      this.#skipped.push('the broker speaking first: what is published to a topic of our own does not arrive')
    } catch (error) {
      if (this.#context.over.aborted) return []
      this.#skipped.push(`the broker speaking first: ${(error as Error).message}`)
    }
    return VARIANTS.filter(variant => variant !== 'broker')
  }

  /** Longest first: they decide how long it takes. */
  async #start(variants: readonly Silent[]): Promise<void> {
    const { maxMs, connections } = this.#order
    const ways =
      connections < ENOUGH_FOR_ONE_WAY ? [] : ONE_WAYS.filter(way => way === 'up' || variants.includes('broker'))
    const busy = oneWayLadder(maxMs, ONE_WAY_RUNGS).flatMap(silenceMs => ways.map(variant => ({ variant, silenceMs })))
    const each = Math.max(1, Math.floor((connections - CONTROL - busy.length) / variants.length))
    const rungs = ladder(maxMs, each).toReversed()
    const queue = [...rungs.flatMap(silenceMs => variants.map(variant => ({ variant, silenceMs }))), ...busy]
    for (let from = 0; from < queue.length && !this.#context.over.aborted; from += OPENED_TOGETHER) {
      for (const { variant, silenceMs } of queue.slice(from, from + OPENED_TOGETHER)) this.#climb(variant, silenceMs)
      const pauseMs = Math.min(this.#context.terms.roundTripMs + 20, LONGEST_PAUSE_MS)
      await this.#order.clock.advanceTo(this.#order.clock.nowMs() + pauseMs)
    }
  }

  #climb(variant: Variant, silenceMs: number): void {
    const key = Symbol()
    const stop = new AbortController()
    this.#connections++
    this.#pending.set(key, { variant, silenceMs, stop })
    this.#all.push(
      climb(variant, silenceMs, { ...this.#context, number: this.#connections }, stop.signal).then(observation => {
        this.#pending.delete(key)
        this.#observe(observation)
      }),
    )
  }

  #observe(observation: Observation): void {
    this.#observations.push(observation)
    const { variant } = observation
    if (isSilent(variant)) {
      if (isDead(observation)) this.#callOffAbove(observation)
      const bounds = this.#findings().byVariant[variant]
      if (bounds.dead && !this.#context.over.aborted) this.#refine(variant, bounds)
    }
    this.#order.progress(this.#observations, this.#pending.size)
  }

  #findings(): Findings {
    return findingsOf(this.#observations, this.#context.terms, this.#context.control.lives)
  }

  #callOffAbove(died: Observation): void {
    const others = [...this.#pending.values(), ...this.#observations]
    for (const pending of this.#pending.values()) if (isNeedless(pending, died, others)) pending.stop.abort()
  }

  #refine(variant: Silent, { aliveMs, deadMs }: TimeoutBounds): void {
    const { clock, maxMs } = this.#order
    const below = [...this.#pending.values()].some(each => each.variant === variant && each.silenceMs < deadMs)
    if (below || variant === 'tcp' || this.#refined.has(variant) || aliveMs >= deadMs) return
    this.#refined.add(variant)
    const rungs = refinement(aliveMs, deadMs, REFINING)
    if (rungs.length === 0) return
    const readyMs = clock.nowMs() + deadMs + this.#context.patienceMs
    if (readyMs > this.#startMs + TIME_LIMIT * maxMs) {
      this.#cutShort ??= `narrowing it down would have taken ${Math.round(deadMs / 1000)} s more; a larger --max leaves time for that`
      return
    }
    // Twice where there is room: two boxes of a pool answer differently.
    const times = rungs.length * 2 <= REFINING ? 2 : 1
    for (let time = 0; time < times; time++) for (const silenceMs of rungs) this.#climb(variant, silenceMs)
  }

  #report(): Report {
    const { target, clock, maxMs, signal } = this.#order
    const partial = signal.aborted ? 'it was stopped' : this.#cutShort
    return {
      target: targetName(target),
      findings: this.#findings(),
      observations: this.#observations,
      ...(this.#context.terms.tls === undefined ? {} : { tls: this.#context.terms.tls }),
      longestMs: maxMs,
      keepaliveS: this.#context.terms.keepaliveS,
      connections: this.#connections + CONTROL,
      tookMs: clock.nowMs() - this.#beganMs,
      partial,
      skipped: [...this.#skipped, ...voidsOf(this.#observations)],
    }
  }
}

/** What is silent for so many times as long as one that died can only die as well, unless a pool of boxes answers. */
const CALLED_OFF = 2.2

interface Rung {
  readonly variant: Variant
  readonly silenceMs: number
}

const isSilent = (variant: Variant): variant is Silent => !ONE_WAYS.includes(variant as OneWay)

/**
 * Whether a connection that waits has nothing more to tell, since `died` did: it is silent in the same way for much longer, or
 * it is busy one way, and another one of that way (`others`) tells the same sooner.
 */
export function isNeedless(rung: Rung, died: Rung, others: readonly Rung[]): boolean {
  if (rung.silenceMs <= CALLED_OFF * died.silenceMs) return false
  if (rung.variant === died.variant) return true
  if (isSilent(rung.variant) || died.variant !== 'client') return false
  return others.some(
    ({ variant, silenceMs }) =>
      variant === rung.variant && silenceMs > BEYOND * died.silenceMs && silenceMs < rung.silenceMs,
  )
}
