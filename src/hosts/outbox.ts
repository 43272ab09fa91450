/**
 * What the parts of a process have recorded and the process of the runs was not sent yet. A part may record faster than the other process
 * takes it: then packs wait, up to a bound. What comes beyond that is counted, and a trouble says how much it was.
 */
import type { Recorded } from '../clock/kit.ts'
import { Packer } from '../evidence/packed.ts'
import type { Posted } from './part.ts'

/** Events of one pack at most: the other process takes each without standing still for long. */
const PACKED = 4096
/** Messages that are written and not taken. */
const UNDER_WAY = 8
/** Packs that wait, at most: 400,000 events, of 56 bytes each. */
const WAITING = 100

type Dated = Recorded & { readonly atMs: number }

export interface OutboxOptions {
  /** Sends it; `taken` is called once the other process has it. */
  send(batch: readonly Posted[], taken: () => void): void
  readonly packed?: number
  readonly waiting?: number
}

export class HostOutbox {
  readonly #options: OutboxOptions
  readonly #packers = new Map<number, Packer>()
  readonly #lost = new Map<number, { count: number; atMs: number }>()
  /** How many losses each channel was told of. */
  readonly #told = new Map<number, number>()
  #waiting: Posted[] = []
  #underWay = 0

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return (
      this.#waiting.length === 0 &&
      this.#lost.size === 0 &&
      [...this.#packers.values()].every(({ count }) => count === 0)
    )
  }

  /** For the run that listens on this channel. */
  add(channel: number, event: Dated): void {
    const { packed = PACKED, waiting = WAITING } = this.#options
    if (this.#waiting.length >= waiting) {
      const { count } = this.#lost.get(channel) ?? { count: 0 }
      this.#lost.set(channel, { count: count + 1, atMs: event.atMs })
      return
    }
    const packer = this.#packers.get(channel) ?? new Packer(16)
    this.#packers.set(channel, packer)
    packer.add(event)
    if (packer.count < packed) return
    this.#waiting.push([channel, packer.take()])
    this.#pump()
  }

  /** Sends what there is as fast as it is taken: while it is not, packs fill up. */
  flush(): void {
    if (this.#waiting.length === 0 && this.#underWay < UNDER_WAY) {
      this.#confess(false)
      this.#takeAll()
    }
    this.#pump()
  }

  /** Sends all that there is now: what comes after it in the pipe says that it was sent. */
  flushAll(): void {
    this.#confess(true)
    this.#takeAll()
    const all = this.#waiting
    this.#waiting = []
    for (const posted of all) this.#send([posted])
  }

  /** Nothing more will be recorded on this channel. */
  close(channel: number): void {
    this.#packers.delete(channel)
    this.#told.delete(channel)
    this.#lost.delete(channel)
  }

  #takeAll(): void {
    for (const [channel, packer] of this.#packers) if (packer.count > 0) this.#waiting.push([channel, packer.take()])
  }

  /** In few words: at once, then whenever as much again was lost, and at last of the rest. */
  #confess(isLast: boolean): void {
    for (const [channel, { count, atMs }] of this.#lost) {
      const before = this.#told.get(channel) ?? 0
      if (!isLast && count < before) continue
      this.#lost.delete(channel)
      this.#told.set(channel, before + count)
      const note = `${count} events came faster than they could be recorded, and are lost`
      const packer = this.#packers.get(channel) ?? new Packer(16)
      this.#packers.set(channel, packer)
      packer.add({ who: 'harness', what: 'trouble', note, atMs } as Dated)
    }
  }

  #pump(): void {
    while (this.#underWay < UNDER_WAY) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#send([next])
    }
  }

  #send(batch: readonly Posted[]): void {
    this.#underWay++
    this.#options.send(batch, () => {
      this.#underWay--
      if (this.#waiting.length > 0) this.#pump()
      else this.flush()
    })
  }
}
