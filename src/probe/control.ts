import type { Cancel } from '../clock/clock.ts'
import type { Line } from './line.ts'
import { openSession, type SessionSeat, type Terms } from './session.ts'

/** Often enough for any box that one would still call a network. */
const PING_EVERY_MS = 5000

/**
 * The busy connection beside the silent ones: it tells a dead network from a dead silence, and speaks for the broker by
 * publishing to the others. Another one is opened where it was lost.
 */
export class Control {
  readonly #seat: SessionSeat
  readonly #terms: Terms
  readonly #patienceMs: number
  #line: Line | undefined
  #cancel: Cancel = () => {}
  #opened = 0

  constructor(seat: SessionSeat, terms: Terms, patienceMs: number) {
    this.#seat = seat
    this.#terms = terms
    this.#patienceMs = patienceMs
  }

  async open(): Promise<void> {
    this.#line = await openSession(this.#seat, this.#terms, `c${++this.#opened}`)
    this.#pingLater()
  }

  /** Whether the broker answers now. */
  async works(): Promise<boolean> {
    try {
      if (!this.#line || this.#line.end) await this.open()
      if (!this.#line) return false
      // An old answer must not pass for a new one.
      while (await this.#line.next('pingresp', 0));
      this.#line.send({ cmd: 'pingreq' })
      return (await this.#line.next('pingresp', this.#patienceMs)) !== undefined
    } catch {
      return false
    }
  }

  async publish(topic: string): Promise<void> {
    if (!this.#line || this.#line.end) await this.open()
    this.#line?.send({ cmd: 'publish', topic, payload: 'halfopen probe', qos: 0, dup: false, retain: false })
  }

  close(): void {
    this.#cancel()
    this.#line?.drop()
  }

  #pingLater(): void {
    this.#cancel()
    const { clock } = this.#seat
    this.#cancel = clock.at(clock.nowMs() + PING_EVERY_MS, () => {
      this.#line?.send({ cmd: 'pingreq' })
      this.#pingLater()
    })
  }
}
