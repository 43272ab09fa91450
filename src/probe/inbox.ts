import type { Packet } from 'mqtt-packet'
import type { Clock } from '../clock/clock.ts'

/** Of each kind: more than a probe ever waits for. A broker that speaks without being asked fills no memory. */
const MOST_KEPT = 16

/** What the other end has said, until somebody asks for it. */
export class Inbox {
  readonly #clock: Clock
  readonly #packets = new Map<Packet['cmd'], Packet[]>()
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  put(packet: Packet): void {
    const kept = this.#packets.get(packet.cmd) ?? []
    this.#packets.set(packet.cmd, kept)
    if (kept.length < MOST_KEPT) kept.push(packet)
    this.#wakeAll()
  }

  /** Nothing comes any more: whoever waits is let go. */
  close(): void {
    this.#closed = true
    this.#wakeAll()
  }

  /** The next packet of this kind, also one that has come already; `undefined` where none comes in time, or none can. */
  async next<C extends Packet['cmd']>(cmd: C, withinMs: number): Promise<Extract<Packet, { cmd: C }> | undefined> {
    const untilMs = this.#clock.nowMs() + withinMs
    for (;;) {
      const packet = this.#packets.get(cmd)?.shift()
      if (packet) return packet as Extract<Packet, { cmd: C }>
      if (this.#closed || this.#clock.nowMs() >= untilMs) return undefined
      await this.#more(untilMs)
    }
  }

  #more(untilMs: number): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        cancel()
        this.#waiting.delete(wake)
        resolve()
      }
      const cancel = this.#clock.at(untilMs, wake)
      this.#waiting.add(wake)
    })
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}
