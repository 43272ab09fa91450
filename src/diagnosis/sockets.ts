import type { LogEvent } from '../logs/log-event.ts'
import { ipOf } from './session-summary.ts'

/** Connections from one address that never sent a CONNECT. */
export interface SilentSockets {
  readonly ip: string
  readonly count: number
  /** Closed by the other side within a moment, as a probe of the port does. */
  readonly probes: number
  /** Ended by the broker, which waited for a CONNECT. */
  readonly timeouts: number
  readonly firstMs: number
  readonly lastMs: number
  /** When they were opened; the latest 512. */
  readonly atMs: readonly number[]
}

interface Counting {
  count: number
  probes: number
  timeouts: number
  firstMs: number
  lastMs: number
  atMs: number[]
}

const MOST_PENDING = 4096
const MOST_ADDRESSES = 1000
const MOST_DATES = 512
const AT_ONCE_MS = 1500

/** Where neither the line of the end nor an open connection tells the address. */
const UNKNOWN = 'unknown address'

/** Follows connections until they send a CONNECT or end without one. */
export class Sockets {
  /** By address, in the order in which they were opened. */
  readonly #pending = new Map<string, number[]>()
  readonly #silent = new Map<string, Counting>()
  #pendingCount = 0

  opened({ address, atMs }: LogEvent): void {
    if (address === undefined) return
    if (this.#pendingCount >= MOST_PENDING) this.#drop()
    const dates = this.#pending.get(address)
    if (dates) dates.push(atMs)
    else this.#pending.set(address, [atMs])
    this.#pendingCount++
  }

  /** When it was opened. */
  connected(address: string | undefined): number | undefined {
    return address === undefined ? undefined : this.#takeOut(address, 'last')
  }

  /** A connection without a client id ended. */
  ended({ address, atMs, how }: LogEvent): void {
    const isTimeout = how === 'timeout'
    const found = address !== undefined && this.#pending.has(address) ? address : this.#guess(address, isTimeout)
    const fromMs = found === undefined ? undefined : this.#takeOut(found, isTimeout ? 'first' : 'last')
    const ip = found !== undefined ? ipOf(found) : address === undefined ? UNKNOWN : ipOf(address)
    this.#count(ip, fromMs ?? atMs, atMs, isTimeout)
  }

  /** A broker that does not name it means the one that waited longest where it timed out, and else the latest. */
  #guess(address: string | undefined, oldest: boolean): string | undefined {
    const keys = [...this.#pending.keys()]
    const own = address === undefined ? keys : keys.filter(key => ipOf(key) === address)
    return oldest ? own[0] : own.at(-1)
  }

  #count(ip: string, fromMs: number, endMs: number, isTimeout: boolean): void {
    const who = this.#silent.has(ip) || this.#silent.size < MOST_ADDRESSES ? ip : 'other addresses'
    const counting = this.#silent.get(who) ?? {
      count: 0,
      probes: 0,
      timeouts: 0,
      firstMs: fromMs,
      lastMs: fromMs,
      atMs: [],
    }
    this.#silent.set(who, counting)
    counting.count++
    if (isTimeout) counting.timeouts++
    else if (endMs - fromMs <= AT_ONCE_MS) counting.probes++
    counting.lastMs = fromMs
    counting.atMs.push(fromMs)
    if (counting.atMs.length > MOST_DATES) counting.atMs.shift()
  }

  #takeOut(address: string, which: 'first' | 'last'): number | undefined {
    const dates = this.#pending.get(address)
    if (!dates) return undefined
    const date = which === 'first' ? dates.shift() : dates.pop()
    if (dates.length === 0) this.#pending.delete(address)
    this.#pendingCount--
    return date
  }

  #drop(): void {
    const [oldest] = this.#pending.keys()
    if (oldest !== undefined) this.#takeOut(oldest, 'first')
  }

  forget(): void {
    this.#pending.clear()
    this.#pendingCount = 0
  }

  silent(): readonly SilentSockets[] {
    return [...this.#silent].map(([ip, counting]) => ({ ip, ...counting })).toSorted((a, b) => b.count - a.count)
  }
}
