import pc from 'picocolors'
import { redactText } from '../evidence/redact.ts'
import { harmless } from '../text/harmless.ts'
import { codeFrame } from './code-frame.ts'
import { inReadingOrder, type Problem } from './problem.ts'

/** The texts of the files that problems are about, by the names that their positions use. */
export type Sources = ReadonlyMap<string, string>

export interface FormatOptions {
  readonly color: boolean
}

/** More would scroll the first ones away; they are mended one after another anyway. */
const MOST_SHOWN = 20
/** A list of names that could stand there is for reading too. */
const LONGEST = 2000
/** One of more names says less than the one that was probably meant. */
const MOST_ALLOWED = 40

/** The first 20 problems in reading order, each with its place, what is allowed there and the lines around it. */
export function formatProblems(problems: readonly Problem[], sources: Sources, { color }: FormatOptions): string {
  const shown = inReadingOrder(problems).slice(0, MOST_SHOWN)
  const more = problems.length - shown.length
  const texts = shown.map(problem => problemText(problem, sources, color))
  return [...texts, ...(more > 0 ? [`... and ${more} more\n`] : [])].join('\n')
}

function problemText({ position, message, allowed, nearest }: Problem, sources: Sources, color: boolean): string {
  const colors = pc.createColors(color)
  const { file, line, column } = position
  const place = line > 0 ? `${file}:${line}:${column}` : file
  const parts = [
    `${colors.bold(shown(place))}: ${colors.red(shown(message))}`,
    allowed && allowed.length > 0 && (nearest === undefined || allowed.length <= MOST_ALLOWED)
      ? `  allowed: ${shown(allowed.join(', '))}`
      : undefined,
    nearest === undefined ? undefined : `  did you mean ${colors.green(shown(nearest))}?`,
    frame(position, sources.get(file), color),
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
  color: boolean,
): string | undefined =>
  source === undefined || source === '' || line < 1
    ? undefined
    : codeFrame(source, { line, column, linesAbove: 1, linesBelow: 1, color })
