import type { Cancel, Clock } from '../clock/clock.ts'

/** tcp_retries2 = 15 retransmissions, the last ones 120 s apart: measured about 924 s. */
const GIVE_UP_MS = 924_600
/** tcp_orphan_retries: what a closed socket left behind is sent 8 times more, 200 ms * (2^9 - 1). */
const ORPHAN_MS = 102_200

/**
 * What one side has sent and the other has not received: a kernel sends it again for so long, and then it is done with
 * the connection. Since nothing overtakes, whatever is received acknowledges all that was sent a latency before.
 */
export class Unacknowledged {
  readonly #clock: Clock
  readonly #giveUp: () => void
  /** When each was sent, oldest first. */
  #sentMs: number[] = []
  #orphan = false
  #stopped = false
  #cancel: Cancel | undefined

  constructor(clock: Clock, giveUp: () => void) {
    this.#clock = clock
    this.#giveUp = giveUp
  }

  sent(): void {
    if (this.#stopped) return
    this.#sentMs.push(this.#clock.nowMs())
    if (!this.#cancel) this.#watch()
  }

  /** The other side was handed something that took at least `latencyMs`. */
  received(latencyMs: number): void {
    const untilMs = this.#clock.nowMs() - latencyMs
    while ((this.#sentMs[0] ?? Infinity) <= untilMs) this.#sentMs.shift()
  }

  /** The program has closed the socket. */
  orphaned(): void {
    this.#orphan = true
    this.#watch()
  }

  /** The connection is no more; nothing counts any longer. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#sentMs = []
  }

  /** One timer for many segments: when it fires, it looks how old the oldest is by then. */
  #watch(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const [oldestMs] = this.#sentMs
    if (oldestMs === undefined) return
    const limitMs = oldestMs + (this.#orphan ? ORPHAN_MS : GIVE_UP_MS)
    this.#cancel = this.#clock.at(limitMs, () => (this.#sentMs[0] === oldestMs ? this.#giveUp() : this.#watch()))
  }
}
