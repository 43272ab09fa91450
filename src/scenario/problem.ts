import type { SourcePosition } from '../model/scenario.ts'

/** Something wrong with a scenario file, in words for the person who wrote it. */
export interface Problem {
  /** Lines and columns count from 1; line 0 is the file as a whole (it is missing, or can't be read). */
  readonly position: SourcePosition
  /** One sentence, without the position. */
  readonly message: string
  /** Everything that could stand there, where that is a list. */
  readonly allowed?: readonly string[]
  /** What was probably meant. */
  readonly nearest?: string
  /** It takes only its own file out: those beside it are played, and the command ends with exit code 2 all the same. */
  readonly alone?: true
}

/** A path into a scenario as its author wrote it: `['timeline', 0, 'fault', 'delay', 'latency']`. */
export type Path = readonly (string | number)[]

/** A problem that knows its place in the scenario, but not yet in the file. */
export interface ProblemText extends Omit<Problem, 'position'> {
  readonly path: Path
  /** Point at the key rather than at its value. */
  readonly at?: 'key'
}

/** In the order in which a reader meets them. */
export const inReadingOrder = (problems: readonly Problem[]): Problem[] => problems.toSorted(compare)

function compare({ position: a, message }: Problem, { position: b, message: other }: Problem): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(message, other)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
