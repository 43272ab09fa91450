/**
 * The events of one run as they are collected: in memory while they are few, as they are for nearly every run, else on the disk. Then
 * memory holds what a verdict needs of them.
 */

import type { Event } from '../model/event.ts'
import type { EventStream, Evidence, EvidenceHeader } from '../model/evidence.ts'
import { messageOf } from '../text/message-of.ts'
import { digestOf } from './digest.ts'
import { Spool } from './spool.ts'

/** So many events of one run stay in memory. */
export const MOST_IN_MEMORY = 50_000

type Place = (event: Event) => Event | undefined

export interface EventLogOptions {
  /** Where more than memory holds goes to: the first that can be written to. The file has no name there and goes with the process. */
  readonly folders: readonly string[]
  readonly mostInMemory?: number
}

export class EventLog {
  readonly #options: EventLogOptions
  #events: Event[] = []
  #spool: Spool | undefined
  #lost = 0
  #whyLost: string | undefined

  constructor(options: EventLogOptions) {
    this.#options = options
  }

  /** It never throws: events that the disk has no room for are counted, and a trouble says so. */
  add(event: Event): void {
    if (this.#whyLost !== undefined) {
      this.#lost++
      return
    }
    if (!this.#spool && this.#events.length < (this.#options.mostInMemory ?? MOST_IN_MEMORY)) {
      this.#events.push(event)
      return
    }
    try {
      this.#spool ??= this.#spill()
      this.#spool.add(event)
    } catch (error) {
      this.#whyLost = messageOf(error)
      this.#lost++
    }
  }

  /** How many events are in memory. */
  get inMemory(): number {
    return this.#events.length
  }

  /**
   * All events so far in order, each as `place` has it (`undefined`: not at all), then `last`. Those of one date stay in the order in which they were added. The
   * log may go on; what was given has what was there.
   */
  async evidence(
    header: Pick<EvidenceHeader, 'scenario'>,
    place: Place,
    last: readonly Event[],
  ): Promise<Pick<Evidence, 'events' | 'whole'>> {
    const after = [...this.#trouble(last[0]), ...last]
    const spool = this.#spool
    if (!spool) return { events: [...placed(this.#events.toSorted(byDate), place), ...after] }
    const whole = streamOf(spool, place, after)
    return { events: await digestOf(header, whole), whole }
  }

  #spill(): Spool {
    const spool = spoolIn(this.#options.folders)
    for (const event of this.#events) spool.add(event)
    this.#events = []
    return spool
  }

  #trouble(last: Event | undefined): readonly Event[] {
    if (this.#whyLost === undefined) return []
    const note = `the record of the run can't be kept on the disk (${this.#whyLost}): ${this.#lost} events are lost`
    return [{ atMs: last?.atMs ?? 0, who: 'harness', what: 'trouble', note }]
  }
}

function spoolIn([folder = '.', ...others]: readonly string[]): Spool {
  try {
    return new Spool(folder)
  } catch (error) {
    if (others.length === 0) throw error
    return spoolIn(others)
  }
}

const placed = (events: readonly Event[], place: Place): readonly Event[] =>
  events.map(place).filter(event => event !== undefined)

const byDate = (one: Event, other: Event): number => one.atMs - other.atMs

const streamOf = (spool: Spool, place: Place, after: readonly Event[]): EventStream => ({
  count: spool.count + after.length,
  async *slices() {
    for await (const slice of spool.slices()) yield placed(slice, place)
    yield after
  },
  dispose: () => spool.dispose(),
})
