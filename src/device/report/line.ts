import type { Look } from '../../reporters/reporter.ts'
import { type Style, styleFor } from '../../reporters/reporter.ts'
import { hang, indent, widthOf, wrap } from '../../text/layout.ts'
import type { StepOutcome } from '../programme.ts'
import type { StepResult } from '../remark.ts'
import { steps } from '../steps/index.ts'
import { headline } from './results.ts'

const BADGES: Readonly<Record<StepResult, string>> = {
  pass: 'pass',
  warning: 'warn',
  fail: 'FAIL',
  inconclusive: '????',
  'not tested': 'skip',
}

const TITLE_COLUMNS = Math.max(...steps.map(({ title }) => title.length))
const INDENT = 8

/** One line for a step that passed; for any other what was seen and what to do, below it. */
export function stepLines(outcome: StepOutcome, { color, width }: Pick<Look, 'color' | 'width'>): string {
  const style = styleFor(color)
  const { result, step } = outcome
  const head = `  ${painted(result, style)}  ${step.title.padEnd(TITLE_COLUMNS)}`
  const figure = headline(outcome)?.figure
  const beside = figure === undefined ? head.trimEnd() : `${head}  ${style.dim(figure)}`
  const fits = widthOf(beside) <= width
  const below = [
    ...(fits || figure === undefined ? [] : wrap(figure, width - INDENT)),
    ...details(outcome, width - INDENT, style),
  ]
  return `${[fits ? beside : head.trimEnd(), ...below.map(line => indent(line, INDENT))].join('\n')}\n`
}

function details({ result, remarks }: StepOutcome, width: number, style: Style): readonly string[] {
  if (result === 'pass') return []
  const weighty = remarks.filter(remark => !['pass', 'note'].includes(remark.result))
  return weighty.flatMap(({ text, advice }) => [
    ...wrap(text, width),
    ...(advice === undefined ? [] : hang('-> ', advice, width).split('\n').map(style.bold)),
  ])
}

function painted(result: StepResult, style: Style): string {
  const paint = {
    pass: style.green,
    warning: style.yellow,
    fail: (text: string) => style.bold(style.red(text)),
    inconclusive: style.yellow,
    'not tested': style.dim,
  }[result]
  return paint(BADGES[result])
}
