import type { Clock } from '../clock/clock.ts'

/** How far virtual time goes before it looks whether it has gone far enough. */
const VIRTUAL_STEP_MS = 5

/** Resolves at `untilMs`, or as soon as `early` does. Leaves no timer behind that would keep the process alive. */
export function waitFor(clock: Clock, untilMs: number, early: Promise<unknown>): Promise<void> {
  return clock.kind === 'real' ? waitInRealTime(clock, untilMs, early) : advance(clock, untilMs, early)
}

/** The same for a wait whose end is known: virtual time goes there in one go, and nobody can interrupt it. */
export function waitUntil(clock: Clock, untilMs: number, interrupted: Promise<unknown>): Promise<void> {
  return clock.kind === 'real' ? waitInRealTime(clock, untilMs, interrupted) : clock.advanceTo(untilMs)
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
  let over = false
  early.then(() => {
    over = true
  })
  while (!over && clock.nowMs() < untilMs) await clock.advanceTo(Math.min(clock.nowMs() + VIRTUAL_STEP_MS, untilMs))
}
