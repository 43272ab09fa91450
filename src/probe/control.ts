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
  #opening: Promise<Line> | undefined
  #cancel: Cancel = () => {}
  #opened = 0

  constructor(seat: SessionSeat, terms: Terms, patienceMs: number) {
    this.#seat = seat
    this.#terms = terms
    this.#patienceMs = patienceMs
  }

  async open(): Promise<void> {
    await this.#usable()
  }

  /** Whether the broker answers now. */
  async works(): Promise<boolean> {
    try {
      const line = await this.#usable()
      // An old answer must not pass for a new one.
      while (await line.next('pingresp', 0));
      line.send({ cmd: 'pingreq' })
      return (await line.next('pingresp', this.#patienceMs)) !== undefined
    } catch {
      return false
    }
  }

  async publish(topic: string): Promise<void> {
    const line = await this.#usable()
    line.send({ cmd: 'publish', topic, payload: 'halfopen probe', qos: 0, dup: false, retain: false })
  }

  close(): void {
    this.#cancel()
    this.#line?.drop()
  }

  /** Opened again where it was lost; once, though many ask. */
  async #usable(): Promise<Line> {
    if (this.#line && !this.#line.end) return this.#line
    this.#opening ??= openSession(this.#seat, this.#terms, `c${++this.#opened}`).finally(() => {
      this.#opening = undefined
    })
    this.#line = await this.#opening
    this.#pingLater()
    return this.#line
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
