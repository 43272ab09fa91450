import type { Clock } from '../../clock/clock.ts'
import { complain } from '../../terminal/say.ts'
import type { Terminal } from '../../terminal/terminal.ts'

const REDRAW_MS = 500
const HEARTBEAT_MS = 5000

/** Says how far the measurement is: redrawn in a terminal, a line now and then in a log. On stderr there: stdout is the answer. */
export class Progress {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #startMs: number
  #done = 0
  #total = 0
  #cancel = () => {}

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#tick()
  }

  readonly tell = (done: number, total: number): void => {
    this.#done = done
    this.#total = total
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #tick(): void {
    const everyMs = this.#terminal.redraws ? REDRAW_MS : HEARTBEAT_MS
    this.#cancel = this.#clock.at(this.#clock.nowMs() + everyMs, () => {
      const line = `${this.#done} of ${this.#total} runs, ${Math.round((this.#clock.nowMs() - this.#startMs) / 1000)} s so far`
      if (this.#terminal.redraws) this.#terminal.live(`\n${line}`)
      else complain(`${line}\n`)
      this.#tick()
    })
  }
}
