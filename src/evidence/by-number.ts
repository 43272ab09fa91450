/**
 * A small number for each of very many numbers that mostly follow each other, as connections do: 4 bytes each, where a Map takes ten times
 * as much. Those that lie apart cost more, and are right as well.
 */
const PAGE = 64

export class ByNumber {
  readonly #pages = new Map<number, Uint32Array>()

  /** 0: it was not set. */
  get(number: number): number {
    return this.#pages.get(Math.floor(number / PAGE))?.[placeOf(number)] ?? 0
  }

  set(number: number, value: number): void {
    const at = Math.floor(number / PAGE)
    const page = this.#pages.get(at) ?? new Uint32Array(PAGE)
    this.#pages.set(at, page)
    page[placeOf(number)] = value
  }
}

const placeOf = (number: number): number => number - Math.floor(number / PAGE) * PAGE
