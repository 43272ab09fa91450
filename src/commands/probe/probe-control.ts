import type { Cancel } from '../../clock/clock.ts'
import type { Life } from './observation.ts'
import type { ProbeLine } from './probe-line.ts'
import { openSession, type ProbeTerms, type SessionContext } from './probe-session.ts'

/** Busy, beside the shortest silence that is tried, a second: what ends this connection is no idleness. */
const PING_EVERY_MS = 500

/**
 * The busy connection beside the silent ones: it tells a dead network from a dead silence, and speaks for the broker by
 * publishing to the others. Another one is opened where it was lost.
 */
export class Control {
  readonly #context: SessionContext
  readonly #terms: ProbeTerms
  readonly #patienceMs: number
  #line: ProbeLine | undefined
  #opening: Promise<ProbeLine> | undefined
  #cancel: Cancel = () => {}
  #opened = 0
  /** Of the present line: when it last answered, as its age; `undefined`: never. */
  #answeredMs: number | undefined
  #closing = false
  readonly #lives: Life[] = []

  constructor(context: SessionContext, terms: ProbeTerms, patienceMs: number) {
    this.#context = context
    this.#terms = terms
    this.#patienceMs = patienceMs
  }

  async open(): Promise<void> {
    await this.#usable()
  }

  /** How long it lived each time, and does now. */
  get lives(): readonly Life[] {
    const line = this.#line
    return line && !line.end ? [...this.#lives, { ageMs: line.ageMs, how: 'open' }] : this.#lives
  }

  /** Whether the broker answers now: on this connection, or else on a new one. */
  async works(): Promise<boolean> {
    try {
      if (await this.#answers()) return true
      if (this.#answeredMs === undefined || this.#context.over.aborted) return false
      // The box may have forgotten this connection as well, though it was busy.
      const line = this.#line
      if (line && !line.end) {
        this.#lives.push({ ageMs: this.#answeredMs, how: 'silent' })
        this.#line = undefined
        line.drop()
      }
      return await this.#answers()
    } catch {
      return false
    }
  }

  async #answers(): Promise<boolean> {
    const line = await this.#usable()
    // An old answer must not pass for a new one.
    while (await line.next('pingresp', 0));
    line.send({ cmd: 'pingreq' })
    const answered = (await line.next('pingresp', this.#patienceMs)) !== undefined
    if (answered) this.#answeredMs = line.ageMs
    return answered
  }

  async publish(topic: string): Promise<void> {
    const line = await this.#usable()
    line.send({ cmd: 'publish', topic, payload: 'halfopen probe', qos: 0, dup: false, retain: false })
  }

  close(): void {
    this.#closing = true
    this.#cancel()
    this.#line?.drop()
  }

  /** Opened again where it was lost; once, though many ask. */
  async #usable(): Promise<ProbeLine> {
    if (this.#line && !this.#line.end) return this.#line
    this.#opening ??= openSession(this.#context, this.#terms, `c${++this.#opened}`).finally(() => {
      this.#opening = undefined
    })
    const line = await this.#opening
    if (this.#line !== line) this.#take(line)
    return line
  }

  #take(line: ProbeLine): void {
    this.#line = line
    this.#answeredMs = undefined
    void line.ended.then(({ ageMs, how }) => {
      if (!this.#closing && this.#line === line) this.#lives.push({ ageMs, how })
    })
    this.#pingLater()
  }

  #pingLater(): void {
    this.#cancel()
    const { clock } = this.#context
    this.#cancel = clock.at(clock.nowMs() + PING_EVERY_MS, () => {
      const line = this.#line
      if (line?.end) {
        // Opened again at once, so that its next life is seen from the beginning.
        void this.#usable().catch(() => {})
        return
      }
      line?.send({ cmd: 'pingreq' })
      this.#pingLater()
    })
  }
}
