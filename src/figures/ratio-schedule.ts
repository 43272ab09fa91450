/**
 * Plays many runs at once. A run mostly waits, and waiting costs nothing; starting does: a Python or a JVM keeps a core busy
 * for up to a second, and what falls into it is dated late. So one start follows the other, and none begins while another run
 * is about to notice its cut. Runs of one kind are spread over some seconds: a bad second may spoil one of them, and what
 * would spoil all of them alike would look like their peer's own doing.
 */
import { type Clock, onAbort } from '../clock/clock.ts'
import { ownMs, realClock } from '../clock/real.ts'
import type { Lab } from '../labs/lab.ts'
import { unreliable } from './points.ts'
import type { Job } from './ratio-plan.ts'
import { cutAtK, onOneClock, type PlayedPair, playJob } from './ratio-play.ts'

interface ScheduleContext {
  readonly clock: Clock
  /** Programs at once; what lives in this process counts as a quarter of one. */
  readonly most: number
  readonly signal?: AbortSignal
  /** `begun` is to be called with the moment of the CONNACK. */
  play(job: Job, attempt: number, begun: (zeroMs: number) => void): Promise<readonly PlayedPair[]>
  ended(outcomes: readonly PlayedPair[], isFinal: boolean): void
}

/** All of the machine's time. Before anything is known of a client. */
const PROGRAM_START_MS = 300
const START_MS = 15
/** A start that finds no gap is made all the same after this long. */
const PATIENCE_MS = 500
const LOOK_MS = 20
/** Over how long the starts are spread, where that is not what they take anyway: the silent clients of brokers take longer. */
const [SPREAD_K, SPREAD_MS] = [5, 15_000]
/** Brokers that are sampled by silent clients at the same time. */
const BROKERS_AT_ONCE = 3

const weight = ({ client }: Job): number => (client.isProgram ? 1 : 0.25)

/** Resolves when all is played, or at once where the signal stops it. A run that can't be relied on is played again. */
export async function playAll(jobs: readonly Job[], context: ScheduleContext): Promise<void> {
  const of = (isSilent: boolean) => jobs.filter(({ kind }) => (kind === 'silent') === isSilent)
  await Promise.all([playSilent(of(true), context), playOthers(of(false), context)])
}

/** They are cheap and all in this process; what they find of one broker must lie on the same stretch of the clock. */
async function playSilent(jobs: readonly Job[], context: ScheduleContext): Promise<void> {
  const names = [...new Set(jobs.map(({ broker }) => broker.name))]
  const next = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined && !context.signal?.aborted; name = names.shift()) {
      const own = jobs.filter(({ broker }) => broker.name === name)
      await Promise.all(own.map(job => playUntilGood(job, context, () => {})))
    }
  }
  await Promise.all(Array.from({ length: BROKERS_AT_ONCE }, next))
}

/** How often a run is played again. */
const REPLAYS = 2
/** Of several clients so many may be unreliable: enough are left. */
const SPOILT_PART = 1 / 2

/** At most so often; of several attempts that came to nothing the one counts that has most left. */
async function playUntilGood(job: Job, context: ScheduleContext, begun: (zeroMs: number) => void): Promise<void> {
  let best: readonly PlayedPair[] | undefined
  for (let attempt = 0; attempt <= REPLAYS; attempt++) {
    const outcomes = await context.play(job, attempt, begun)
    if (context.signal?.aborted) return
    if (!best || spoiltPart(outcomes) < spoiltPart(best)) best = outcomes
    const isLast = attempt === REPLAYS || spoiltPart(best) <= (job.count > 1 ? SPOILT_PART : 0)
    context.ended(isLast ? best : outcomes, isLast)
    if (isLast) return
  }
}

const spoiltPart = (outcomes: readonly PlayedPair[]): number =>
  outcomes.filter(outcome => unreliable(outcome).length > 0).length / outcomes.length

async function playOthers(jobs: readonly Job[], context: ScheduleContext): Promise<void> {
  const queue = inRounds(jobs)
  const longestMs = Math.max(0, ...jobs.map(({ keepaliveS }) => keepaliveS * 1000))
  const pauseMs = Math.min(ownMs(context.clock, SPREAD_MS), SPREAD_K * longestMs) / Math.max(1, jobs.length)
  const running = new Set<Promise<void>>()
  const calendar = new Calendar(context.clock)
  let load = 0
  for (let job = queue.shift(); job && !context.signal?.aborted; job = queue.shift()) {
    while (load > 0 && load + weight(job) > context.most) await Promise.race(running)
    await calendar.gap(job, context)
    const own = job
    load += weight(own)
    const play = playUntilGood(own, context, calendar.starts(own)).finally(() => {
      load -= weight(own)
      running.delete(play)
    })
    running.add(play)
    await sleep(context.clock.nowMs() + Math.max(pauseMs, calendar.startMs(own) / 2), context)
  }
  await Promise.all(running)
}

/** The first run of every kind, the longest of these first, then the second of every kind, and so on. */
function inRounds(jobs: readonly Job[]): Job[] {
  const seen = new Map<string, number>()
  const rounds = new Map(
    jobs.map(job => {
      const kind = [job.client.name, job.broker.name, job.keepaliveS, job.traffic].join()
      const round = seen.get(kind) ?? 0
      seen.set(kind, round + 1)
      return [job, round] as const
    }),
  )
  const roundOf = (job: Job): number => rounds.get(job) ?? 0
  return jobs.toSorted((a, b) => roundOf(a) - roundOf(b) || b.keepaliveS - a.keepaliveS || a.index - b.index)
}

/** How long clients take to start, and when runs are expected to notice their cut. */
class Calendar {
  readonly #clock: Clock
  readonly #startMs = new Map<string, number>()
  #expectedMs: number[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  startMs({ client }: Job): number {
    return this.#startMs.get(client.name) ?? ownMs(this.#clock, client.isProgram ? PROGRAM_START_MS : START_MS)
  }

  /** Learns from the run that starts now; the result is to be called with the moment of its CONNACK. */
  starts(job: Job): (zeroMs: number) => void {
    const sinceMs = this.#clock.nowMs()
    return zeroMs => {
      const tookMs = Math.min(zeroMs - sinceMs, ownMs(this.#clock, PATIENCE_MS))
      if (job.client.isProgram) this.#startMs.set(job.client.name, (this.startMs(job) + tookMs) / 2)
      this.#expectedMs.push(...noticedAfterK(job).map(k => zeroMs + k * job.keepaliveS * 1000))
    }
  }

  /** Resolves when nobody is about to notice anything for as long as this job's client takes to start. */
  async gap(job: Job, context: ScheduleContext): Promise<void> {
    const patientUntilMs = this.#clock.nowMs() + ownMs(this.#clock, PATIENCE_MS)
    while (!context.signal?.aborted && this.#clock.nowMs() < patientUntilMs && this.#isBusy(this.startMs(job)))
      await sleep(this.#clock.nowMs() + ownMs(this.#clock, LOOK_MS), context)
  }

  #isBusy(forMs: number): boolean {
    const nowMs = this.#clock.nowMs()
    this.#expectedMs = this.#expectedMs.filter(atMs => atMs > nowMs - ownMs(this.#clock, LOOK_MS))
    return this.#expectedMs.some(atMs => atMs < nowMs + forMs)
  }
}

/**
 * In keep-alives from the CONNACK, for most peers: the first ping is answered at 1K. Brokers give up 1.5K after the last
 * packet, clients 1.5K or 2K after the last answer. It need not be right: it only keeps starts out of the way.
 */
function noticedAfterK({ kind, phase, traffic }: Job): readonly number[] {
  if (kind !== 'cut') return []
  return traffic === 'idle' ? [2.5, 3] : [cutAtK({ phase, traffic }) - 0.125 + 1.5, 2.5, 3]
}

function sleep(untilMs: number, { clock, signal }: ScheduleContext): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.at(untilMs, done)
    const forget = onAbort(signal, () => {
      cancel()
      resolve()
    })
    function done() {
      forget()
      resolve()
    }
  })
}

interface MeasurementContext {
  readonly lab: Lab
  /** Programs at once. */
  readonly most: number
  readonly seed: number
  readonly signal?: AbortSignal
  readonly progress?: (done: number, total: number) => void
  /** How many times as fast the lab's time is; absent: as the machine's. */
  readonly speed?: number
}

interface Measurement {
  /** Each run once, as it came out last. Runs under way at a stop are not among them. */
  readonly outcomes: readonly PlayedPair[]
  /** How many of the jobs these are. */
  readonly done: number
  /** Runs that were spoilt and played once more. */
  readonly repeated: number
}

const LETTERS = 36 ** 3

/** Plays the jobs in real time. It never throws for a run. */
export async function measureRatios(jobs: readonly Job[], context: MeasurementContext): Promise<Measurement> {
  const clock = realClock(undefined, context.speed)
  const lab = onOneClock(context.lab, clock)
  const token = `r${(context.seed % LETTERS).toString(36)}`
  const outcomes: PlayedPair[] = []
  let done = 0
  let repeated = 0
  context.progress?.(0, jobs.length)
  await playAll(jobs, {
    clock,
    most: context.most,
    ...(context.signal ? { signal: context.signal } : {}),
    play: (job, attempt, begun) =>
      playJob(job, attempt, {
        lab,
        seed: context.seed,
        token,
        begun: (_, zeroMs) => begun(zeroMs),
        ...(context.signal ? { signal: context.signal } : {}),
      }),
    ended(own, isFinal) {
      if (!isFinal) {
        repeated++
        return
      }
      outcomes.push(...own)
      done++
      context.progress?.(done, jobs.length)
    },
  })
  return { outcomes, done, repeated }
}
