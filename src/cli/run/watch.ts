import type { Clock } from '../../clock/clock.ts'
import type { ScenarioReport } from '../../model/report.ts'
import type { Scenario } from '../../model/scenario.ts'
import { heartbeat, liveLines, type Progress } from '../../reporters/progress.ts'
import { resultOf } from '../../reporters/result.ts'
import { styleFor } from '../../reporters/style.ts'
import type { Terminal } from '../terminal.ts'

const REDRAW_MS = 200
const HEARTBEAT_MS = 10_000

/** Shows how far the run is while it waits: redrawn in a terminal, a line now and then in a log. */
export class Watch {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #scenarios: readonly Scenario[]
  readonly #running = new Map<number, number>()
  readonly #counts = { pass: 0, fail: 0, inconclusive: 0, unsupported: 0, skipped: 0 }
  #cancel = () => {}

  readonly #isVirtual: (part: number) => boolean

  constructor(terminal: Terminal, clock: Clock, scenarios: readonly Scenario[], isVirtual: (part: number) => boolean) {
    this.#isVirtual = isVirtual
    this.#terminal = terminal
    this.#clock = clock
    this.#scenarios = scenarios
    this.#tick(terminal.redraws ? 0 : HEARTBEAT_MS)
  }

  started(part: number): void {
    this.#running.set(part, this.#clock.nowMs())
  }

  ended(part: number, report: ScenarioReport): void {
    this.#running.delete(part)
    this.#counts[resultOf(report)]++
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #tick(inMs: number): void {
    this.#cancel = this.#clock.at(this.#clock.nowMs() + inMs, () => {
      this.#show()
      this.#tick(this.#terminal.redraws ? REDRAW_MS : HEARTBEAT_MS)
    })
  }

  #show(): void {
    const { look, redraws } = this.#terminal
    const nowMs = this.#clock.nowMs()
    if (redraws) this.#terminal.live(liveLines(this.#progress(), nowMs, look.width, styleFor(look.color)))
    else this.#terminal.print(`${heartbeat(this.#progress(), nowMs, look.width)}\n`)
  }

  #progress(): Progress {
    const running = [...this.#running].flatMap(([part, sinceMs]) => {
      const scenario = this.#scenarios[part]
      return scenario ? [{ scenario, sinceMs, isVirtual: this.#isVirtual(part) }] : []
    })
    return { total: this.#scenarios.length, counts: this.#counts, running }
  }
}
