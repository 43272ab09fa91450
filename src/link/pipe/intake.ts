import type { Cancel, Clock, Dated } from '../../clock/clock.ts'
import type { End } from './ends.ts'
import type { PeerView } from './kernel-view.ts'

/** What a flow may keep before its source is no longer read, about a Linux receive window (tcp_rmem[2] is 6 MB). */
const FULL_BYTES = 4 * 1024 * 1024
/** How often the kernel is asked for a peer that is not read. */
const LOOK_EVERY_MS = 20

interface IntakeContext {
  readonly clock: Pick<Clock, 'nowMs' | 'at'>
  /** While it is not read by order: what the kernel shows of the peer; `undefined` where it can't be seen from here. */
  saw(view: PeerView | undefined, when: Dated): void
}

/**
 * Reads from a source, or does not: while too much of it waits, while its target does not take what was written, and while a toxic
 * wants it to be left unread. Then its peer's bytes fill its own buffers, and the kernel tells of its end (kernel-view.ts).
 */
export class Intake {
  readonly #source: Pick<End, 'pause' | 'resume' | 'leaveUnread' | 'look'>
  readonly #context: IntakeContext
  #waitingBytes = 0
  #congested = false
  #stalls = 0
  #paused = false
  #cancel: Cancel | undefined
  #over = false

  constructor(source: Pick<End, 'pause' | 'resume' | 'leaveUnread' | 'look'>, context: IntakeContext) {
    this.#source = source
    this.#context = context
  }

  weigh(delta: number): void {
    this.#waitingBytes += delta
    this.#decide()
  }

  congested(congested: boolean): void {
    this.#congested = congested
    this.#decide()
  }

  /** One more toxic, or one less, wants it to be left unread. */
  stall(on: boolean): void {
    if (this.#over) return
    this.#stalls += on ? 1 : -1
    if (this.#stalls === (on ? 1 : 0)) this.#source.leaveUnread?.(on)
    this.#decide()
    if (this.#stalls > 0 && !this.#cancel) this.#look(this.#context.clock.nowMs())
    if (this.#stalls === 0) this.#stopLooking()
  }

  dispose(): void {
    this.#over = true
    this.#stopLooking()
  }

  #decide(): void {
    const full = this.#waitingBytes > (this.#paused ? FULL_BYTES / 2 : FULL_BYTES)
    const pause = full || this.#congested || this.#stalls > 0
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.#source.pause()
    else this.#source.resume()
  }

  #stopLooking(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** What is seen now became so after the look before, at `sinceMs`. */
  #look(sinceMs: number): void {
    const { clock, saw } = this.#context
    const { look } = this.#source
    if (!look) return
    let isStopped = false
    const cancel = clock.at(clock.nowMs() + LOOK_EVERY_MS, async () => {
      const fromMs = clock.nowMs()
      const view = await look().catch(() => undefined)
      if (isStopped) return
      const atMs = clock.nowMs()
      saw(view, { atMs, lateMs: atMs - sinceMs })
      if (!isStopped) this.#look(fromMs)
    })
    this.#cancel = () => {
      isStopped = true
      cancel()
    }
  }
}
