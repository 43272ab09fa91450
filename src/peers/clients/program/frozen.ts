import type { Clock } from '../../../clock/clock.ts'
import type { Record, Recorded } from '../../../clock/kit.ts'
import type { ClientSignal } from '../../../faults/fault.ts'
import { LONGEST_LINE } from '../../../processes/program-lines.ts'
import type { ClientSeat } from '../client.ts'

/** The signal of a client that is a program, with its word for the record. */
export const signalOf =
  (record: Record, obey: (signal: ClientSignal) => Promise<void>) =>
  async (signal: ClientSignal): Promise<void> => {
    await obey(signal)
    record({ who: 'client', what: signal === 'freeze' ? 'frozen' : 'thawed' })
  }

/** A line holds a message, and JSON around it. */
export const longestLineOf = ({ subscribe }: Pick<ClientSeat, 'subscribe'>): number =>
  LONGEST_LINE + 2 * (subscribe?.size ?? 0)

/** How soon after a thaw a process has told of the standstill. */
const AFTERMATH_MS = 1000

/** When a client was stopped by the scenario: the standstill that its process tells of itself is no trouble of the machine then. */
export class Frozen {
  readonly #clock: Clock
  #fromMs = Infinity
  #untilMs = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(): void {
    this.#fromMs = this.#clock.nowMs()
    this.#untilMs = Infinity
  }

  end(): void {
    this.#untilMs = this.#clock.nowMs()
  }

  get isNow(): boolean {
    return this.#fromMs !== Infinity && this.#untilMs === Infinity
  }

  explains(event: Recorded): boolean {
    if (event.what !== 'stalled' && event.what !== 'starved') return false
    const { atMs = this.#clock.nowMs() } = event
    return atMs >= this.#fromMs && atMs <= this.#untilMs + AFTERMATH_MS
  }
}
