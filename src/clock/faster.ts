/**
 * Timers and dates of this process that run several times as fast: for a library in a process of its own that is to believe that an hour
 * is over. Node asks the kernel by itself in many places, so it is done here, where a library asks, and needs no other program.
 *
 * Left as they are, because no library under test takes time from them: setImmediate, promises, and what Node's own sockets wait for.
 */
import { syncBuiltinESMExports } from 'node:module'
import { performance } from 'node:perf_hooks'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { promisify } from 'node:util'

/** The machine's own timers and clock, as they were before libraries were given faster ones. */
interface Machine {
  readonly setTimeout: typeof setTimeout
  readonly clearTimeout: typeof clearTimeout
  readonly hrtime: () => bigint
}

let kept: Machine | undefined

/** Looked up at each call while nothing was replaced by us: a test may have put timers of its own there. */
export const machine = (): Machine => kept ?? { setTimeout, clearTimeout, hrtime: process.hrtime.bigint }

const NS_PER_MS = 1e6

/** What a library of this process takes for the date, as far as it can be set. */
export interface FasterClocks {
  /** Moves the calendar's clock, and with `monotonic` the other as well, as where a machine was suspended. Milliseconds; negative: back. */
  step(byMs: number, monotonic: boolean): void
  /** From now on the calendar's clock gains so many milliseconds in each of its own seconds; negative: it loses. */
  drift(msPerS: number): void
}

/** From now on, and for good: what is loaded later sees nothing else. `speed`: from 1. */
export function goFaster(speed: number): FasterClocks {
  const own = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    clearTimeout: globalThis.clearTimeout,
    dateNow: Date.now.bind(Date),
    hrtime: process.hrtime.bigint,
  }
  kept = own
  const [zeroMs, dateZeroMs] = [Number(own.hrtime()) / NS_PER_MS, own.dateNow()]
  let [wallMs, monotonicMs, rate, rateFromMs] = [0, 0, 0, 0]
  const passedMs = () => (Number(own.hrtime()) / NS_PER_MS - zeroMs) * speed
  const upMs = () => zeroMs + passedMs() + monotonicMs
  const dateMs = () => dateZeroMs + passedMs() + wallMs + (passedMs() - rateFromMs) * rate
  replaceTimers(own, speed)
  replaceDates({ upMs, dateMs })
  syncBuiltinESMExports()
  return {
    step(byMs, monotonic) {
      wallMs += byMs
      if (monotonic) monotonicMs += byMs
    },
    drift(msPerS) {
      wallMs += (passedMs() - rateFromMs) * rate
      rateFromMs = passedMs()
      rate = msPerS / 1000
    },
  }
}

type Own = Pick<typeof globalThis, 'setTimeout' | 'setInterval'>
type Start = (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => NodeJS.Timeout

function replaceTimers(own: Own, speed: number): void {
  // Upwards: nothing may come before its time.
  const shorter = (ms: unknown) => (Number(ms) > 0 ? Math.ceil(Number(ms) / speed) : (ms as number))
  const faster =
    (start: Start): Start =>
    (act, ms, ...args) =>
      start(act, shorter(ms), ...args)
  const setTimeout = faster(own.setTimeout as Start)
  const setInterval = faster(own.setInterval as Start)
  const wait = (ms?: number, value?: unknown) =>
    new Promise(resolve => setTimeout(resolve as () => void, ms, value as never))
  Object.defineProperty(setTimeout, promisify.custom, { value: wait })
  for (const place of [globalThis, timers]) Object.assign(place, { setTimeout, setInterval })
  Object.assign(timersPromises, { setTimeout: wait })
}

interface Told {
  readonly upMs: () => number
  readonly dateMs: () => number
}

function replaceDates({ upMs, dateMs }: Told): void {
  const RealDate = Date
  const FasterDate = function (this: unknown, ...given: unknown[]): Date | string {
    if (new.target === undefined) return new RealDate(dateMs()).toString()
    const args = given.length === 0 ? [dateMs()] : given
    return Reflect.construct(RealDate, args, new.target) as Date
  }
  FasterDate.prototype = RealDate.prototype
  const now = () => Math.floor(dateMs())
  globalThis.Date = Object.assign(FasterDate, { now, parse: RealDate.parse, UTC: RealDate.UTC }) as never
  const startMs = upMs()
  performance.now = () => upMs() - startMs
  const bigint = () => BigInt(Math.round(upMs() * NS_PER_MS))
  const pair = (since?: readonly [number, number]): [number, number] => {
    const ns = bigint() - (since ? BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]) : 0n)
    return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)]
  }
  process.hrtime = Object.assign(pair, { bigint }) as NodeJS.HRTime
}
