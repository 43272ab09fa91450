import { firstStamp } from './peel.ts'

const NARROWEST = 40
const WIDEST = 400
const FEWEST = 3

/**
 * The width of the terminal that a log was copied from, where that broke its longer lines: none is longer, many are just as long, and what
 * follows these has no date. `undefined`: its lines are whole.
 */
export function wrapWidth(lines: readonly string[]): number | undefined {
  const widths = lines.slice(0, -1).map(({ length }) => length)
  const width = Math.max(0, ...widths)
  if (width < NARROWEST || width > WIDEST) return undefined
  const dated = lines.map(line => firstStamp(line) !== undefined)
  const full = widths.flatMap((each, index) => (each === width ? [index] : []))
  const broken = full.filter(index => dated[index + 1] === false && lines[index + 1] !== '')
  const undated = dated.filter((is, index) => !is && lines[index] !== '').length
  const isWrapped = broken.length >= FEWEST && broken.length >= 0.8 * full.length && broken.length >= 0.7 * undated
  return isWrapped ? width : undefined
}

/** Puts lines together that a terminal broke at its width. */
export class LineJoiner {
  readonly #width: number
  #held: string | undefined
  #last = 0
  /** How many lines were put behind another. */
  joined = 0

  constructor(width: number) {
    this.#width = width
  }

  /** The line before, once it is whole. */
  take(line: string): string | undefined {
    if (this.#held !== undefined && this.#last === this.#width && firstStamp(line) === undefined) {
      this.#held += line
      this.joined++
      this.#last = line.length
      return undefined
    }
    const whole = this.#held
    this.#held = line
    this.#last = line.length
    return whole
  }

  rest(): string | undefined {
    const whole = this.#held
    this.#held = undefined
    return whole
  }
}
