import type { Clock } from '../clock/clock.ts'

/** Resolves at `untilMs`, or as soon as `early` does. Leaves no timer behind that would keep the process alive. */
export function waitFor(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  return clock.kind === 'real' ? waitInRealTime(clock, untilMs, early) : advance(clock, untilMs, early)
}

function waitInRealTime(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.at(untilMs, resolve)
    early.then(() => {
      cancel()
      resolve()
    })
  })
}

/** Nothing happens in virtual time unless somebody moves it on. */
async function advance(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  let waiting = true
  early.then(() => waiting && clock.letGo?.())
  try {
    await clock.advanceTo(untilMs)
  } finally {
    waiting = false
  }
}
