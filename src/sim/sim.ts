import { type Settle, VIRTUAL_EPOCH_MS, type VirtualClock, virtualClock } from '../clock/virtual.ts'
import { type Dispatched, type Dispatchers, installDispatchers, SimulationError } from './dispatchers.ts'
import { SimImmediates } from './immediates.ts'
import { SimTimers } from './timers.ts'

/** One simulated world: its own time, its own chance. Everything started inside `enter` lives in it. */
export interface Sim {
  readonly clock: VirtualClock
  /** Sets the source of Math.random inside. Must be called before anything in there needs a random number. */
  lend(random: () => number): void
  /** Runs `body` and all that it sets going in this simulation's time. */
  enter<T>(body: () => T): T
  /** Makes time pass until `waited` is settled. Rejects where nothing is left that could settle it. */
  until<T>(waited: Promise<T>): Promise<T>
}

/** Throws `SimulationError` where the global timers are not the dispatchers: time would silently be wrong. */
export function startSim(): Sim {
  const dispatchers = installDispatchers()
  refuseOverridden(dispatchers)
  const immediates = new SimImmediates(dispatchers.immediate)
  const inner = virtualClock(immediates.settle)
  let random = (): number => {
    throw new SimulationError('a simulation was asked for chance before it was lent any')
  }
  const world: Dispatched = {
    timers: new SimTimers(inner),
    immediates,
    random: () => random(),
    // Whole milliseconds, as Date.now gives them.
    dateMs: () => VIRTUAL_EPOCH_MS + Math.floor(inner.nowMs()),
  }
  const enter = <T>(body: () => T): T => dispatchers.current.run(world, body)
  const clock = drivenInside(inner, enter)
  return {
    clock,
    lend(lent) {
      random = lent
    },
    enter,
    until: waited => enter(() => drive(inner, immediates.settle, waited)),
  }
}

function drive<T>(clock: VirtualClock, settle: Settle, waited: Promise<T>): Promise<T> {
  let settled = false
  const note = () => {
    settled = true
  }
  waited.then(note, note)
  return new Promise((resolve, reject) => {
    const step = () => {
      if (settled) return resolve(waited)
      try {
        if (!clock.fireNext()) throw new SimulationError('a simulation waits for something that no longer comes')
        settle(step, reject)
      } catch (thrown) {
        reject(thrown)
      }
    }
    settle(step, reject)
  })
}

/** Whoever makes time pass, what is due happens inside the simulation. */
function drivenInside(clock: VirtualClock, enter: Sim['enter']): VirtualClock {
  return {
    kind: 'virtual',
    nowMs: clock.nowMs,
    at: clock.at,
    letGo: clock.letGo,
    nextAtMs: clock.nextAtMs,
    fireNext: () => enter(clock.fireNext),
    advanceTo: untilMs => enter(() => clock.advanceTo(untilMs)),
    get live() {
      return clock.live
    },
  }
}

function refuseOverridden(dispatchers: Dispatchers): void {
  const overridden = dispatchers.overridden()
  if (overridden.length === 0) return
  throw new SimulationError(
    `something replaced ${overridden.join(', ')} after halfopen did, so a simulation's time would be wrong; ` +
      'undo it first (vi.useRealTimers(), jest.useRealTimers()), or start the first simulation after it',
  )
}
