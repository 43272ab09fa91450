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
  /** Resolves when it may begin, the longest first, with what is to be called once its clients are connected. */
  begin(signal: AbortSignal, lengthMs?: number): Promise<() => void>
  /** Something of ours stood still just now. */
  restless(): void
}

/**
 * What is measured decides, no fixed number: on a calm machine a hundred scenarios begin within a second; on a busy one a suite takes
 * longer and stays right.
 */
export function pace(clock: Clock = realClock(), cores: number = availableParallelism()): Pace {
  const most = CONNECTING_EACH * cores
  const queue = longestFirst<() => void>()
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
    while (!queue.isEmpty() && connecting < most) {
      const atMs = dueMs()
      if (atMs > clock.nowMs()) {
        cancel = clock.at(Math.max(clock.nowMs(), Math.min(atMs, restlessMs + CALM_MS)), pump)
        return
      }
      begunMs = clock.nowMs()
      connecting++
      queue.next()?.()
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
    begin: (signal, lengthMs = 0) =>
      new Promise(resolve => {
        if (signal.aborted) return resolve(() => {})
        const go = () => {
          signal.removeEventListener('abort', stop)
          resolve(leave())
        }
        const stop = () => {
          forget()
          resolve(() => {})
        }
        signal.addEventListener('abort', stop, { once: true })
        const forget = queue.add(go, lengthMs)
        pump()
      }),
    restless() {
      restlessMs = clock.nowMs()
    },
  }
}

/** Who waits, the longest first; of equals the one that asked first. */
export function longestFirst<T>() {
  const waiting: { readonly item: T; readonly lengthMs: number }[] = []
  return {
    /** Returns what takes it out again. */
    add(item: T, lengthMs: number): () => void {
      const entry = { item, lengthMs }
      const behind = waiting.findIndex(other => other.lengthMs < lengthMs)
      waiting.splice(behind < 0 ? waiting.length : behind, 0, entry)
      return () => {
        const at = waiting.indexOf(entry)
        if (at >= 0) waiting.splice(at, 1)
      }
    },
    next: (): T | undefined => waiting.shift()?.item,
    isEmpty: (): boolean => waiting.length === 0,
  }
}
