import type { End } from './ends.ts'

/** What a flow may keep before its source is no longer read, about a Linux receive window (tcp_rmem[2] is 6 MB). */
const FULL_BYTES = 4 * 1024 * 1024

/** Stops reading from a source while too much of it waits, or while its target does not take what was written. */
export class Throttle {
  readonly #source: Pick<End, 'pause' | 'resume'>
  #waitingBytes = 0
  #congested = false
  #paused = false

  constructor(source: Pick<End, 'pause' | 'resume'>) {
    this.#source = source
  }

  weigh(delta: number): void {
    this.#waitingBytes += delta
    this.#decide()
  }

  congested(congested: boolean): void {
    this.#congested = congested
    this.#decide()
  }

  #decide(): void {
    const full = this.#waitingBytes > (this.#paused ? FULL_BYTES / 2 : FULL_BYTES)
    const pause = full || this.#congested
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#source.pause()
    else this.#source.resume()
  }
}
