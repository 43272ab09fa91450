/**
 * Whether this thread ran, for every run that lives in it, and whether the processes of its peers did. Other threads tell of
 * themselves (hosts/host.ts).
 */
import type { Cancel } from '../clock/clock.ts'
import { heartbeat, type Standing, standingEvent } from '../clock/heartbeat.ts'
import { here } from '../clock/here.ts'
import type { Record } from '../clock/kit.ts'
import { type RealClock, speedOf } from '../clock/real.ts'
import { familyOf, lookAtProcess, type ProcessLook } from '../clock/scheduler.ts'
import type { Watched } from '../labs/lab.ts'
import type { Runner } from '../model/event.ts'

const listeners = new Set<(standing: Standing) => void>()
let stop: Cancel = () => {}

/** Tells of this thread's standstills until the result is called. No timer runs where no run watches. */
export function watchThread(tell: (standing: Standing) => void): Cancel {
  if (listeners.size === 0) stop = heartbeat(standing => listeners.forEach(each => void each(standing)), here)
  listeners.add(tell)
  return () => {
    if (listeners.delete(tell) && listeners.size === 0) stop()
  }
}

/** Records this thread's standstills. `of`: whose they are, which is known only once the bench is there. */
export const recordThread = (clock: RealClock, record: Record, of: () => Runner | undefined): Cancel =>
  watchThread(standing => {
    const event = standingEvent(standing, clock, of() ?? 'harness')
    if (of() !== undefined || event.what !== 'stalled') return record(event)
    // Everything lives in this thread: without `of` it holds for all.
    const { of: _all, ...forAll } = event
    record(forAll)
  })

/** How often a process is looked at, and how much waiting in that time is worth a word: more exactly where each millisecond is many for it. */
const LOOK_MS = 250
const STARVED_MS = 25
const FAST_STARVED_MS = 2

export interface ProcessWatch {
  /** Looked through each time: clients come and go. */
  readonly processes: Iterable<Watched>
  readonly clock: RealClock
  readonly record: Record
  /** Whether a stopped process is the scenario's own doing, by a fault that freezes it. */
  isFrozen(of: Runner): boolean
}

/** Records how long the processes of the peers waited for a processor, or were stopped, until the result is called. */
export function recordProcesses({ processes, clock, record, isFrozen }: ProcessWatch): Cancel {
  const last = new Map<number, ProcessLook>()
  const speed = speedOf(clock)
  const leastMs = speed === 1 ? STARVED_MS : FAST_STARVED_MS * speed
  let lookedMs = clock.nowMs()
  let cancel = () => {}
  const look = () => {
    const nowMs = clock.nowMs()
    const overMs = nowMs - lookedMs
    lookedMs = nowMs
    for (const { of, pids } of processes) {
      const found = pids()
        .flatMap(familyOf)
        .map(pid => waitedSince(pid, overMs / speed, last))
      const forMs = Math.max(0, ...found.map(({ waitedMs }) => waitedMs * speed))
      const isStopped = found.some(({ stopped }) => stopped) && !isFrozen(of)
      if (isStopped)
        record({
          who: 'harness',
          what: 'starved',
          of,
          forMs: tenths(overMs),
          overMs: tenths(overMs),
          how: 'stopped',
          atMs: nowMs,
        })
      else if (forMs >= leastMs)
        record({
          who: 'harness',
          what: 'starved',
          of,
          forMs: tenths(Math.min(forMs, overMs)),
          overMs: tenths(overMs),
          how: 'no-cpu',
          atMs: nowMs,
        })
    }
    cancel = clock.at(nowMs + LOOK_MS * speed, look)
  }
  cancel = clock.at(lookedMs + LOOK_MS * speed, look)
  return () => cancel()
}

/** Of the thread of this process that waited longest: threads that wait at the same time do not make each other later. */
function waitedSince(pid: number, overMs: number, last: Map<number, ProcessLook>) {
  const before = last.get(pid)
  const now = lookAtProcess(pid)
  if (!now) return { waitedMs: 0, stopped: false }
  last.set(pid, now)
  const waits = [...now.waitedMs].map(([tid, ms]) => ms - (before?.waitedMs.get(tid) ?? ms))
  return { waitedMs: Math.min(overMs, Math.max(0, ...waits)), stopped: now.stopped && before?.stopped === true }
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10
