import type { SourcePosition } from '../model/scenario.ts'
import type { Outcome, ScenarioReport } from '../model/verdict.ts'
import { codeFrame } from '../scenario/format.ts'
import { cut, flow, hang, indent, shortPath, wrap } from '../text/layout.ts'
import { badge, type Look, resultOf, styleFor, titleOf } from './reporter.ts'
import { sequenceText } from './sequence.ts'

const INDENT = 8

/** All that a scenario which did not pass has to say: why, where in its file, and how to look again. */
export function failureText(report: ScenarioReport, look: Look): string {
  const style = styleFor(look.color)
  const head = hang(`  ${badge(resultOf(report), style)}  `, style.bold(titleOf(report)), look.width)
  return [head, ...reasons(report, look), ...picture(report, look), ...again(report, look)]
    .join('\n')
    .replaceAll('\n\n\n', '\n\n')
}

function reasons(report: ScenarioReport, look: Look): string[] {
  const text: string[] = []
  for (const trouble of report.verdict?.troubles ?? []) text.push(said(trouble, look))
  for (const note of report.verdict?.notes ?? []) text.push(said(`note: ${note}`, look))
  for (const { reason } of report.earlier ?? []) text.push(said(`played before, and inconclusive: ${reason}`, look))
  // What kept every check from saying anything is said once.
  const known = new Set(report.verdict?.troubles)
  for (const outcome of complaints(report))
    if (!known.has(outcome.reason)) text.push(complaint(outcome, look), frame(outcome.position, look))
  return text.filter(part => part !== '')
}

/** The checks that speak against it. In a canary that failed to fail none does; then a trouble says so. */
export function complaints({ verdict }: ScenarioReport): readonly Outcome[] {
  return (verdict?.outcomes ?? []).filter(({ result }) => result === 'fail' || result === 'inconclusive')
}

const said = (text: string, look: Look): string => indent(wrap(text, look.width - INDENT).join('\n'), INDENT)

function complaint({ check, reason, position }: Outcome, look: Look): string {
  const style = styleFor(look.color)
  const where = `${shortPath(position.file, look.cwd)}:${position.line}:${position.column}`
  const head = flow([style.bold(check), style.cyan(where)], look.width - INDENT, '  ').join('\n')
  return `${indent(head, INDENT)}\n${said(reason, look)}`
}

function frame({ file, line, column }: SourcePosition, look: Look): string {
  const source = look.source(file)
  if (source === undefined) return ''
  const style = styleFor(look.color)
  const width = look.width - INDENT
  // One that is wider is cut behind, where nothing is said of the fault; one whose fault is further right begins later.
  const text = codeFrame(source, { line, column, linesAbove: 2, linesBelow: 1, ...(column > width / 2 && { width }) })
  const lines = text.split('\n').map(codeLine => style.dim(cut(codeLine.trimEnd(), width)))
  return `\n${indent(lines.join('\n'), INDENT)}\n`
}

/** A narrower terminal would break its columns. */
const PICTURE_WIDTH = 80

function picture({ sequence = [] }: ScenarioReport, look: Look): string[] {
  if (sequence.length === 0 || look.width < PICTURE_WIDTH) return []
  const style = styleFor(look.color)
  return [
    `\n${sequenceText(sequence)
      .map(line => style.dim(line))
      .join('\n')}\n`,
  ]
}

/** Names the evidence and what to do with it in one line, which stays whole so that it can be copied. */
function again({ evidence }: ScenarioReport, look: Look): string[] {
  if (evidence === undefined) return []
  return [indent(`look again  npx halfopen judge ${quoted(shortPath(evidence, look.cwd))}`, INDENT)]
}

const quoted = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
