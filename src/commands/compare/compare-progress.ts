import type { Clock } from '../../clock/clock.ts'
import { complain } from '../../terminal/say.ts'
import type { Terminal } from '../../terminal/terminal.ts'

const REDRAW_MS = 200
const HEARTBEAT_MS = 5000

/** Says how far a comparison is: redrawn in a terminal, a line now and then in a log. On stderr, so that stdout is the answer. */
export class CompareProgress {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #total: number
  readonly #startMs: number
  #done = 0
  #cancel = () => {}

  constructor(terminal: Terminal, clock: Clock, total: number) {
    this.#terminal = terminal
    this.#clock = clock
    this.#total = total
    this.#startMs = clock.nowMs()
    this.#tick(terminal.redraws ? REDRAW_MS : HEARTBEAT_MS)
  }

  done(cells: number): void {
    this.#done += cells
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #tick(inMs: number): void {
    this.#cancel = this.#clock.at(this.#clock.nowMs() + inMs, () => {
      const line = progressLine(this.#done, this.#total, this.#clock.nowMs() - this.#startMs)
      if (this.#terminal.redraws) this.#terminal.live(`\n${line}`)
      else complain(`${line}\n`)
      this.#tick(this.#terminal.redraws ? REDRAW_MS : HEARTBEAT_MS)
    })
  }
}

/** `3200 of 14400 cells after 5 s, 640 a second, 18 s left`; before the first: `0 of 10 cells after 5 s`. */
export function progressLine(done: number, total: number, tookMs: number): string {
  const perS = tookMs > 0 ? (done / tookMs) * 1000 : 0
  const rate = perS >= 10 ? perS.toFixed(0) : perS.toFixed(1)
  const left = `, ${span((total - done) / perS)} left`
  return `${done} of ${total} cells after ${span(tookMs / 1000)}${done > 0 ? `, ${rate} a second${left}` : ''}`
}

function span(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}
