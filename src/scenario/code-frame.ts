import { codeFrameColumns } from '@babel/code-frame'
import { redactSource } from '../evidence/redact-source.ts'
import { harmlessLines } from '../text/harmless.ts'

export interface FrameOptions {
  /** From 1, as positions count. */
  readonly line: number
  readonly column: number
  readonly linesAbove: number
  readonly linesBelow: number
  readonly color?: boolean
}

/** A line of a file may be a megabyte; what stands around the fault is enough. */
const WIDEST = 240
const BEFORE_FAULT = 120

/** The lines around a place in a file, without secrets and without what would steer a terminal; a caret under the place. */
export function codeFrame(source: string, options: FrameOptions): string {
  const { line, column, linesAbove, linesBelow, color = false } = options
  const lines = shownLines(source)
  const first = Math.max(line - linesAbove, 1)
  // All lines are cut alike, so that their columns stay below each other.
  const skipped = column > BEFORE_FAULT * 2 ? column - BEFORE_FAULT : 0
  const shown = lines.slice(first - 1, line + linesBelow).map(text => text.slice(skipped, skipped + WIDEST))
  const start = { line, column: column - skipped }
  // The types of version 7.27 do not know `startLine` yet.
  const known = { highlightCode: color, forceColor: color, linesAbove, linesBelow, startLine: first }
  return codeFrameColumns(harmlessLines(shown.join('\n')), { start }, known)
}

let last: { readonly source: string; readonly lines: readonly string[] } | undefined

/** Of a file that was just shown they are still known: it is redacted once, not once for each of its problems. */
function shownLines(source: string): readonly string[] {
  if (last?.source !== source) last = { source, lines: inLinesOf(source).split('\n') }
  return last.lines
}

/** Lines as YAML counts them: the code frame would also break at characters that are none of its line ends. */
const inLinesOf = (source: string): string =>
  redactSource(source)
    .replaceAll('\r\n', '\n')
    .replace(/\r|\u2028|\u2029/g, ' ')
