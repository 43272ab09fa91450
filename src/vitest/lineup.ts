import type { Clock } from '../clock/clock.ts'
import { realClock } from '../clock/real.ts'
import type { Turn } from '../engine/run.ts'
import type { Heavy } from '../labs/lab.ts'
import { pace as newPace, type Pace } from './pace.ts'

/** Programs under test that start at the same time: more would make each other late on two cores. */
const AT_ONCE = 3
/** A program that is not there by then is no reason to keep everybody else waiting. */
const PATIENCE_MS = 30_000

/** One scenario's place in the line-up; `over` however it ended. */
export interface LineupPlace extends Turn {
  over(): void
}

/**
 * Who may begin when, in a suite that is played all at once: a JVM's start keeps a core busy for a second, and who already
 * plays meanwhile is late through no fault of its own. First the brokers that are heavy to start, then the clients that are,
 * then everybody else.
 */
export interface Lineup {
  enter(heavy: Heavy, signal: AbortSignal): LineupPlace
}

export function lineup(clock: Clock = realClock(), pace: Pace = newPace(clock)): Lineup {
  const brokers = countdown(clock)
  const clients = countdown(clock)
  const queue = new Set<() => void>()
  let starting = 0

  const slot = (signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      const go = () => {
        queue.delete(go)
        signal.removeEventListener('abort', go)
        cancel()
        starting++
        resolve()
      }
      const cancel = clock.at(clock.nowMs() + PATIENCE_MS, go)
      queue.add(go)
      signal.addEventListener('abort', go, { once: true })
      if (starting < AT_ONCE || signal.aborted) go()
    })
  const free = () => {
    starting--
    const [next] = queue
    if (starting < AT_ONCE) next?.()
  }

  return {
    enter(heavy, signal) {
      const brokerThere = heavy.broker ? brokers.begin() : () => {}
      const clientThere = heavy.client ? clients.begin() : () => {}
      let inSlot = false
      let connected = () => {}
      const started = () => {
        clientThere()
        connected()
        if (inSlot) free()
        inSlot = false
      }
      return {
        async opened() {
          brokerThere()
          await brokers.none(signal)
          if (heavy.client) {
            await slot(signal)
            inSlot = true
            return
          }
          await clients.none(signal)
          connected = await pace.begin(signal)
        },
        started,
        over() {
          brokerThere()
          started()
        },
      }
    },
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
