import type { Event } from '../model/event.ts'

/** An event of a stream: its place in the order, and whether it was chosen to be kept. */
export interface Held<E extends Event = Event> {
  event: E
  readonly order: number
  isKept: boolean
}

/** What was chosen of a stream of events, with the order that they had there. */
export class Kept {
  readonly #most: number
  readonly #all: Held[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** More was chosen than there is room for; from then on nothing more is taken. */
  get isFull(): boolean {
    return this.#all.length >= this.#most
  }

  add(held: Held): void {
    if (held.isKept || this.isFull) return
    held.isKept = true
    this.#all.push(held)
  }

  inOrder(): readonly Event[] {
    return this.#all.sort((a, b) => a.order - b.order).map(({ event }) => event)
  }
}
