import { codeFrameColumns } from '@babel/code-frame'
import pc from 'picocolors'
import { redactSource, redactText } from '../evidence/redact.ts'
import { harmless, harmlessLines } from '../text/harmless.ts'
import { inReadingOrder, type Problem } from './problem.ts'

/** The texts of the files that problems are about, by the names that their positions use. */
export type Sources = ReadonlyMap<string, string>

interface FormatOptions {
  readonly color: boolean
  /** Columns that the lines of a file may take; 240 where nobody says. */
  readonly width?: number
}

/** More would scroll the first ones away; they are mended one after another anyway. */
const MOST_SHOWN = 20
/** A list of names that could stand there is for reading too. */
const LONGEST = 2000
/** One of more names says less than the one that was probably meant. */
const MOST_ALLOWED = 40

/** The first 20 problems in reading order, each with its place, what is allowed there and the lines around it. */
export function formatProblems(problems: readonly Problem[], sources: Sources, options: FormatOptions): string {
  const shown = inReadingOrder(problems).slice(0, MOST_SHOWN)
  const more = problems.length - shown.length
  const texts = shown.map(problem => problemText(problem, sources, options))
  return [...texts, ...(more > 0 ? [`... and ${more} more\n`] : [])].join('\n')
}

function problemText(
  { position, message, allowed, nearest }: Problem,
  sources: Sources,
  options: FormatOptions,
): string {
  const colors = pc.createColors(options.color)
  const { file, line, column } = position
  const place = line > 0 ? `${file}:${line}:${column}` : file
  const parts = [
    `${colors.bold(shown(place))}: ${colors.red(shown(message))}`,
    allowed && allowed.length > 0 && (nearest === undefined || allowed.length <= MOST_ALLOWED)
      ? `  allowed: ${shown(allowed.join(', '))}`
      : undefined,
    nearest === undefined ? undefined : `  did you mean ${colors.green(shown(nearest))}?`,
    frame(position, sources.get(file), options),
  ]
  return `${parts.filter(part => part !== undefined).join('\n')}\n`
}

/** What a module threw, and values of the file, may hold secrets; one that the cut divides is one before it. */
function shown(text: string): string {
  const told = redactText(text)
  return harmless(told.length > LONGEST ? `${told.slice(0, LONGEST)}...` : told)
}

const frame = (
  { line, column }: Problem['position'],
  source: string | undefined,
  options: FormatOptions,
): string | undefined =>
  source === undefined || source === '' || line < 1
    ? undefined
    : codeFrame(source, { line, column, linesAbove: 1, linesBelow: 1, ...options })

interface FrameOptions {
  /** From 1, as positions count. */
  readonly line: number
  readonly column: number
  readonly linesAbove: number
  readonly linesBelow: number
  readonly color?: boolean
  /** Columns that all of it may take; absent: lines of 240. */
  readonly width?: number
}

/** A line of a file may be a megabyte; what stands around the fault is enough. */
const WIDEST = 240
/** `> `, ` | `, beside the number of the line. */
const MARGIN = 5

/** The lines around a place in a file, without secrets and without what would steer a terminal; a caret under the place. */
export function codeFrame(source: string, options: FrameOptions): string {
  const { line, column, linesAbove, linesBelow, color = false, width } = options
  const lines = shownLines(source)
  const first = Math.max(line - linesAbove, 1)
  // All lines are cut alike, so that their columns stay below each other.
  const room = width === undefined ? WIDEST : Math.max(width - MARGIN - String(line + linesBelow).length, 20)
  const skipped = column > room ? column - Math.floor(room / 2) : 0
  const shown = lines.slice(first - 1, line + linesBelow).map(text => text.slice(skipped, skipped + room))
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
