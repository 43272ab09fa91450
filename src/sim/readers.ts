/**
 * When programs read what has arrived, and how much of it at once.
 *
 * TCP hands over bytes, not writes: what several writes left may come in one read, or in several, and which of a program's
 * sockets is read first is the kernel's affair. A program may behave differently after each: Aedes 1.2.0 loses a PUBREL where
 * two PUBRECs come in one read (aedes-persistence 11.0.0, asyncPersistence.js, outgoingUpdate renames the stored PUBREL before
 * lib/handlers/pubrec.js has written it). On a real machine the speed of the processes decides. In virtual time, where a
 * program's work takes no time, everything that a burst left arrives at one moment; there the seed decides:
 *
 * - in which order sockets are read that became readable at the same moment, and whether before or after other things that
 *   are due then;
 * - how many of the segments that arrived at the same moment one read takes. Between two reads the program comes to rest,
 *   and what it writes goes its way. How likely it is that a read takes one more is drawn once for a simulation, so that some
 *   have programs that mostly read each segment alone, and some have programs that mostly read all of them together.
 *
 * Where nothing is open (one socket, one segment, nothing else due) nothing is drawn, and no other chance of the run changes.
 */
import type { VirtualClock } from '../clock/virtual.ts'

/** One socket, as the kernel has it. */
export interface SimulatedInbox {
  /** Segments that wait to be read; a FIN counts as one. */
  readonly waiting: number
  /** The program reads so many of them at once. */
  takeIn(segments: number): void
}

export class Readers {
  readonly #clock: Pick<VirtualClock, 'nowMs' | 'at' | 'nextAtMs'>
  readonly #random: () => number
  readonly #ready: SimulatedInbox[] = []
  #joining: number | undefined
  #asked = false

  constructor(clock: Pick<VirtualClock, 'nowMs' | 'at' | 'nextAtMs'>, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** Something has arrived at this socket, which had nothing to read before. */
  readable(socket: SimulatedInbox): void {
    this.#ready.push(socket)
    if (this.#asked) return
    this.#asked = true
    // Not at once: what arrives at the same moment is handed over one by one.
    queueMicrotask(() => (this.#comesNow ? this.#turn() : this.#turnLater()))
  }

  /** The socket is closed; what waited there is nobody's. */
  forget(socket: SimulatedInbox): void {
    // A turn that is asked for still comes, and finds nothing to do.
    const at = this.#ready.indexOf(socket)
    if (at >= 0) this.#ready.splice(at, 1)
  }

  /** Before other things that are due at the same moment, or after them: then more may have arrived, here or elsewhere. */
  get #comesNow(): boolean {
    return this.#clock.nextAtMs() > this.#clock.nowMs() || this.#random() < 0.5
  }

  #turnLater(): void {
    this.#clock.at(this.#clock.nowMs(), () => this.#turn())
  }

  #turn(): void {
    const socket = this.#takeOne()
    socket?.takeIn(this.#howMany(socket.waiting))
    if (socket && socket.waiting > 0 && !this.#ready.includes(socket)) this.#ready.push(socket)
    this.#asked = this.#ready.length > 0
    if (this.#asked) this.#turnLater()
  }

  #takeOne(): SimulatedInbox | undefined {
    const at = this.#ready.length > 1 ? Math.floor(this.#random() * this.#ready.length) : 0
    return this.#ready.splice(at, 1)[0]
  }

  #howMany(waiting: number): number {
    if (waiting <= 1) return waiting
    this.#joining ??= this.#random()
    let segments = 1
    while (segments < waiting && this.#random() < this.#joining) segments++
    return segments
  }
}
