import { wrap } from '../../text/layout.ts'
import { plural } from '../../text/words.ts'
import { type Cell, DIMENSIONS } from './cell.ts'
import {
  type CellResult,
  type Comparison,
  defaultMetric,
  firstOf,
  type LeftOutCell,
  type Metric,
} from './comparison.ts'
import { heading, noteLines, WIDTH } from './comparison-text.ts'
import { figure } from './numbers.ts'
import { cellTitle, common } from './panels.ts'

/** How many doubtful cells are named one by one. */
const NAMED = 5

/** What a long sweep comes to, counted as its results come, in memory that does not hang on how many there are. */
export class SweepDigest {
  readonly #asked: Metric | undefined
  /** The first cell, and for each dimension one that differs from it: they show what all have in common. */
  readonly #examples: CellResult[] = []
  readonly #firsts = new Map<string, number>()
  readonly #reasons = new Map<string, number>()
  readonly #doubts: CellResult[] = []
  #metric: Metric | undefined
  #worst: { readonly value: number; readonly cell: Cell } | undefined
  #results = 0
  doubtful = 0

  /** `asked`: the metric whose greatest value is told; absent: as the results suggest. */
  constructor(asked: Metric | undefined) {
    this.#asked = asked
  }

  add(result: CellResult): void {
    this.#results++
    this.#exemplify(result)
    if (result.trouble !== null) {
      this.doubtful++
      if (this.#doubts.length < NAMED) this.#doubts.push(result)
      return
    }
    const first = firstOf(result)
    this.#firsts.set(first, (this.#firsts.get(first) ?? 0) + 1)
    this.#metric ??= this.#asked ?? defaultMetric([result])
    const value = this.#metric.value(result)
    if (value !== null && value > (this.#worst?.value ?? -Infinity)) this.#worst = { value, cell: result.cell }
  }

  leaveOut({ reason }: LeftOutCell): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }

  #exemplify(result: CellResult): void {
    const [first] = this.#examples
    const isNews = (dimension: (typeof DIMENSIONS)[number]) =>
      this.#examples.every(({ cell }) => cell[dimension] === first?.cell[dimension]) &&
      result.cell[dimension] !== first?.cell[dimension]
    if (first === undefined || DIMENSIONS.some(isNews)) this.#examples.push(result)
  }

  /** `frame`: the comparison without its results. */
  text(frame: Comparison): string {
    const told = { ...frame, results: this.#examples }
    const paragraphs = [
      heading(told, this.#results),
      common(told),
      '',
      ...this.#words(told),
      ...noteLines({ doubts: this.#doubts, doubtful: this.doubtful, reasons: [...this.#reasons] }),
      `${plural(this.#results, 'cell')} are too many for a table: --csv and --json hold each of them, and --svg or --html draw them, in memory that grows with them.`,
    ]
    return `${paragraphs.flatMap(text => (text === '' ? [''] : wrap(text, WIDTH))).join('\n')}\n`
  }

  #words(told: Comparison): readonly string[] {
    const firsts = [...this.#firsts].toSorted(([, a], [, b]) => b - a).map(([who, cells]) => `${who} ${cells}`)
    const worst =
      this.#metric && this.#worst
        ? `The most in "${this.#metric.title}": ${figure(this.#worst.value)} ${this.#metric.unit}, at ${cellTitle(this.#worst.cell, DIMENSIONS, told)}.`
        : ''
    return [`Who notices first, in how many cells: ${firsts.join(', ') || 'none'}.`, ...(worst === '' ? [] : [worst])]
  }
}
