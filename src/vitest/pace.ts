import { availableParallelism } from 'node:os'
import type { Cancel, Clock } from '../clock/clock.ts'
import { realClock } from '../clock/real.ts'

/** Clients of so many scenarios connect at the same time, for each processor: with four, dates of a hundred were 9 ms late at p99, with one 2 ms. */
const CONNECTING_EACH = 1
/** So long without a standstill, and the machine is called calm. */
const CALM_MS = 100
/** Where it does not get calm, scenarios begin all the same, one after the other, so far apart. */
const RESTLESS_MS = 250

/** Lets scenarios begin as fast as the machine bears it. */
export interface Pace {
  /** Resolves when the next may begin, in order of asking, with what is to be called once its clients are connected. */
  begin(signal: AbortSignal): Promise<() => void>
  /** Something of ours stood still just now. */
  restless(): void
}

/**
 * What is measured decides, no fixed number: on a calm machine a hundred scenarios begin within a second; on a busy one a suite takes
 * longer and stays right.
 */
export function pace(clock: Clock = realClock(), cores: number = availableParallelism()): Pace {
  const most = CONNECTING_EACH * cores
  const queue: (() => void)[] = []
  let connecting = 0
  let restlessMs = Number.NEGATIVE_INFINITY
  let begunMs = Number.NEGATIVE_INFINITY
  let cancel: Cancel | undefined

  const dueMs = () => {
    const calmMs = restlessMs + CALM_MS
    return calmMs > clock.nowMs() ? Math.max(begunMs + RESTLESS_MS, clock.nowMs()) : clock.nowMs()
  }
  const pump = () => {
    cancel?.()
    cancel = undefined
    while (queue.length > 0 && connecting < most) {
      const atMs = dueMs()
      if (atMs > clock.nowMs()) {
        cancel = clock.at(Math.max(clock.nowMs(), Math.min(atMs, restlessMs + CALM_MS)), pump)
        return
      }
      begunMs = clock.nowMs()
      connecting++
      queue.shift()?.()
    }
  }
  const leave = () => {
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      connecting--
      pump()
    }
  }
  return {
    begin: signal =>
      new Promise(resolve => {
        if (signal.aborted) return resolve(() => {})
        const go = () => {
          signal.removeEventListener('abort', stop)
          resolve(leave())
        }
        const stop = () => {
          const at = queue.indexOf(go)
          if (at >= 0) queue.splice(at, 1)
          resolve(() => {})
        }
        signal.addEventListener('abort', stop, { once: true })
        queue.push(go)
        pump()
      }),
    restless() {
      restlessMs = clock.nowMs()
    },
  }
}
