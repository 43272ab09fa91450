import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { type RealImmediate, SimImmediate, type SimImmediates } from './immediates.ts'
import { type Callback, SimTimeout, type SimTimers } from './timers.ts'

/*
 * The global timers, Date.now and Math.random, replaced once by functions that look up whose simulation they are called
 * in, through AsyncLocalStorage. Outside a simulation they are the machine's own, so a progress bar or a test runner in
 * the same process notices nothing, and hundreds of simulations run side by side without seeing each other.
 *
 * Left real, because no library under test takes time from them: process.nextTick, promises, performance, hrtime, and
 * `new Date()`. `node:timers/promises` and timers imported from `node:timers` can't be reached and stay real as well.
 */

/** What the dispatchers need of a simulation. */
export interface Dispatched {
  readonly timers: SimTimers
  readonly immediates: SimImmediates
  readonly random: () => number
  /** The simulated date, in milliseconds since 1970. */
  dateMs(): number
}

/** The machine's own functions, as they were before. */
interface RealGlobals {
  readonly setTimeout: typeof setTimeout
  readonly setInterval: typeof setInterval
  readonly setImmediate: typeof setImmediate
  readonly clearTimeout: typeof clearTimeout
  readonly clearInterval: typeof clearInterval
  readonly clearImmediate: typeof clearImmediate
  readonly dateNow: () => number
  readonly random: () => number
}

export interface Dispatchers {
  readonly immediate: RealImmediate
  readonly current: AsyncLocalStorage<Dispatched>
  /** CommonJS files that had been loaded by then: they may have kept the machine's own functions. */
  readonly loadedBefore: ReadonlySet<string>
  /** Names of the globals that somebody replaced since; empty while all is in order. */
  overridden(): readonly string[]
}

export class SimulationError extends Error {
  override readonly name = 'SimulationError'
}

/** On globalThis, since a test runner may load this module several times into one process. */
const KEY = Symbol.for('halfopen.dispatchers.1')
const shared = globalThis as typeof globalThis & { [KEY]?: Dispatchers }

export function installDispatchers(): Dispatchers {
  shared[KEY] ??= install()
  return shared[KEY]
}

function install(): Dispatchers {
  if ('clock' in setTimeout) {
    throw new SimulationError('fake timers are in force; call vi.useRealTimers() before the first simulation')
  }
  const real: RealGlobals = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
    clearImmediate: globalThis.clearImmediate,
    dateNow: Date.now,
    random: Math.random,
  }
  const current = new AsyncLocalStorage<Dispatched>()
  const starting = startFunctions(real, current)
  const clearing = clearFunctions(real, current)
  Object.assign(globalThis, starting, clearing)
  const now = () => current.getStore()?.dateMs() ?? real.dateNow.call(Date)
  const random = () => current.getStore()?.random() ?? real.random()
  Date.now = now
  Math.random = random
  const overridden = () => [
    ...Object.entries({ ...starting, ...clearing })
      .filter(([name, mine]) => Reflect.get(globalThis, name) !== mine)
      .map(([name]) => name),
    ...(Date.now === now ? [] : ['Date.now']),
    ...(Math.random === random ? [] : ['Math.random']),
  ]
  const loadedBefore = new Set(Object.keys(createRequire(import.meta.url).cache))
  return { immediate: real.setImmediate, current, loadedBefore, overridden }
}

type StartTimer = (callback: Callback, ms?: unknown, ...args: unknown[]) => unknown

function startFunctions(real: RealGlobals, current: AsyncLocalStorage<Dispatched>) {
  // A callback that is no function goes to the real one, which throws Node's own error.
  const simOf = (callback: unknown) => (typeof callback === 'function' ? current.getStore() : undefined)
  const timer =
    (repeats: boolean, theirs: StartTimer): StartTimer =>
    (callback, ms, ...args) =>
      simOf(callback)?.timers.start(callback, ms, args, repeats) ?? theirs(callback, ms, ...args)
  const startTimeout = timer(false, real.setTimeout as StartTimer)
  const startInterval = timer(true, real.setInterval as StartTimer)
  const startImmediate = (callback: Callback, ...args: unknown[]) =>
    simOf(callback)?.immediates.start(callback, args) ?? real.setImmediate(callback, ...args)
  Object.defineProperty(startTimeout, promisify.custom, {
    value: (ms?: number, value?: unknown) => new Promise(resolve => startTimeout(resolve as Callback, ms, value)),
  })
  Object.defineProperty(startImmediate, promisify.custom, {
    value: (value?: unknown) => new Promise(resolve => startImmediate(resolve as Callback, value)),
  })
  return { setTimeout: startTimeout, setInterval: startInterval, setImmediate: startImmediate }
}

function clearFunctions(real: RealGlobals, current: AsyncLocalStorage<Dispatched>) {
  const clearTimer = (theirs: (timer: never) => void) => (timer: unknown) => {
    const sim = current.getStore()
    if (timer instanceof SimTimeout) timer.close()
    // A plain number means a timer of whoever calls.
    else if (sim && typeof timer !== 'object') sim.timers.clear(timer)
    else theirs(timer as never)
  }
  const clearOne = (immediate: unknown) => {
    if (immediate instanceof SimImmediate) immediate.close()
    else real.clearImmediate(immediate as NodeJS.Immediate)
  }
  return {
    clearTimeout: clearTimer(real.clearTimeout),
    clearInterval: clearTimer(real.clearInterval),
    clearImmediate: clearOne,
  }
}
