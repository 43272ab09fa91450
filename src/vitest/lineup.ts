import { availableParallelism } from 'node:os'
import type { Clock } from '../clock/clock.ts'
import { realClock } from '../clock/real.ts'
import type { Turn } from '../engine/run.ts'
import type { Heavy } from '../labs/lab.ts'
import { longestFirst, pace as newPace, type Pace } from './pace.ts'

/** Programs under test that start at the same time: more would make each other late on two cores. */
const AT_ONCE = 3
/** Benches that open at the same time, for each processor: enough to keep it busy while some wait for a program of theirs. */
const OPENING_EACH = 4
/** A program that is not there by then is no reason to keep everybody else waiting. */
const PATIENCE_MS = 30_000

/** One scenario's place in the line-up; `over` however it ended. */
export interface LineupPlace extends Turn {
  over(): void
}

/**
 * Who may begin when, in a suite that is played all at once: a JVM's start keeps a core busy for a second, and who already
 * plays meanwhile is late through no fault of its own. First the brokers that are heavy to start, then the clients that are,
 * then everybody else; among equals the longest first, since the suite is over no sooner than it.
 */
export interface Lineup {
  /** `lengthMs`: how long the scenario plays, in the machine's time. */
  enter(heavy: Heavy, signal: AbortSignal, lengthMs?: number): LineupPlace
}

export function lineup(
  clock: Clock = realClock(),
  pace: Pace = newPace(clock),
  cores: number = availableParallelism(),
): Lineup {
  const brokers = countdown(clock)
  const clients = countdown(clock)
  const openings = slots(clock, OPENING_EACH * cores)
  const starts = slots(clock, AT_ONCE)

  return {
    enter(heavy, signal, lengthMs = 0) {
      const brokerThere = heavy.broker ? brokers.begin() : () => {}
      const clientThere = heavy.client ? clients.begin() : () => {}
      let isOpen = () => {}
      let connected = () => {}
      const started = () => {
        clientThere()
        connected()
      }
      return {
        async opening() {
          // Everybody waits for these.
          if (!heavy.broker) isOpen = await openings.take(signal, lengthMs)
        },
        async opened() {
          isOpen()
          brokerThere()
          await brokers.none(signal)
          if (!heavy.client) await clients.none(signal)
          connected = await (heavy.client ? starts.take(signal, lengthMs) : pace.begin(signal, lengthMs))
        },
        started,
        over() {
          isOpen()
          brokerThere()
          started()
        },
      }
    },
  }
}

/** Places for so many at once. Whoever has waited for long, or is stopped, gets one all the same. */
function slots(clock: Clock, most: number) {
  const queue = longestFirst<() => void>()
  let taken = 0
  const leave = () => {
    let isIn = true
    return () => {
      if (isIn) taken--
      isIn = false
      if (taken < most) queue.next()?.()
    }
  }
  return {
    /** Resolves with what gives the place back; to call it twice does no harm. */
    take: (signal: AbortSignal, lengthMs: number): Promise<() => void> =>
      new Promise(resolve => {
        const go = () => {
          forget()
          signal.removeEventListener('abort', go)
          cancel()
          taken++
          resolve(leave())
        }
        const cancel = clock.at(clock.nowMs() + PATIENCE_MS, go)
        const forget = queue.add(go, lengthMs)
        signal.addEventListener('abort', go, { once: true })
        if (taken < most || signal.aborted) go()
      }),
  }
}

/** How many are still under way; each is counted down once. */
function countdown(clock: Clock) {
  const waiting = new Set<() => void>()
  let left = 0
  return {
    begin(): () => void {
      let counted = true
      left++
      return () => {
        if (counted && --left === 0) for (const resolve of [...waiting]) resolve()
        counted = false
      }
    },
    /** Resolves once none is left, the patience is over, or the signal says so. */
    none: (signal: AbortSignal): Promise<void> =>
      new Promise(resolve => {
        if (left === 0 || signal.aborted) return resolve()
        const done = () => {
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          cancel()
          resolve()
        }
        const cancel = clock.at(clock.nowMs() + PATIENCE_MS, done)
        waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      }),
  }
}
