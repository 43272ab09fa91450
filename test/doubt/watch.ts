/**
 * Who did not run when it should have: this thread, by its event loop, and other processes, by what the scheduler of Linux says
 * (/proc/PID/task/TID/schedstat: nanoseconds on a processor, nanoseconds ready and waiting for one). Elsewhere only the loop tells.
 */
import type { Clock } from '../../src/clock/clock.ts'
import { realClock } from '../../src/clock/real.ts'
import { familyOf, lookAtProcess } from '../../src/clock/scheduler.ts'
import type { Standstill } from '../../src/evidence/lateness.ts'

/** One for all tests of a worker, so that dates of two tests can be compared. */
export const clock: Clock = realClock()

const TICK_MS = 5
/** A timer of Node comes up to this late on a calm machine. */
const CALM_MS = 4
/** Reading /proc costs a tenth of a millisecond a thread. */
const LOOK_MS = 100

export interface Watch {
  /** From now on this process counts too, with all its threads and all that it starts. */
  alsoOf(pid: number): void
  /** Everything so far; a standstill that is going on is told of, too. */
  standstills(): readonly Standstill[]
  stop(): void
}

export function startWatch(): Watch {
  const found: Standstill[] = []
  const others = new Map<number, { waits: ReadonlyMap<string, number> }>()
  let lastMs = clock.nowMs()
  let lookedMs = lastMs
  let cancel = () => {}

  const look = () => {
    const nowMs = clock.nowMs()
    const forMs = nowMs - lastMs - TICK_MS
    if (forMs > CALM_MS) found.push({ of: 'harness', fromMs: nowMs - forMs, toMs: nowMs, forMs, how: 'busy' })
    lastMs = nowMs
    if (nowMs - lookedMs < LOOK_MS) return
    for (const [pid, last] of others) {
      const next = waitedMs(pid)
      const starvedMs = Math.min(sinceLast(last.waits, next), nowMs - lookedMs)
      if (starvedMs > 1) found.push({ of: 'client', fromMs: lookedMs, toMs: nowMs, forMs: starvedMs, how: 'no-cpu' })
      last.waits = next
    }
    lookedMs = nowMs
  }
  const tick = () => {
    look()
    cancel = clock.at(clock.nowMs() + TICK_MS, tick)
  }
  cancel = clock.at(lastMs + TICK_MS, tick)

  return {
    alsoOf: pid => others.set(pid, { waits: waitedMs(pid) }),
    standstills() {
      look()
      return found
    },
    stop: () => cancel(),
  }
}

/** Milliseconds for which each thread of a process and of all that it started has waited for a processor, since the thread began. */
const waitedMs = (pid: number): ReadonlyMap<string, number> =>
  new Map(
    familyOf(pid).flatMap(member =>
      [...(lookAtProcess(member)?.waitedMs ?? [])].map(([tid, waited]) => [`${member}/${tid}`, waited] as const),
    ),
  )

/** Threads wait side by side: the one that waited longest is what all of them waited. A new thread has waited since it began. */
const sinceLast = (last: ReadonlyMap<string, number>, next: ReadonlyMap<string, number>): number =>
  Math.max(0, ...[...next].map(([thread, waited]) => waited - (last.get(thread) ?? 0)))
