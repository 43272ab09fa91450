import type { Clock } from '../../clock/clock.ts'
import { type Look, type Style, styleFor } from '../../reporters/reporter.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { cut, hang, indent, widthOf, wrap } from '../../text/layout.ts'
import { keepaliveMs, versionName } from './device-line.ts'
import type { Waiting } from './device-stage.ts'
import type { StepOutcome } from './programme.ts'
import { headline } from './report/results.ts'
import type { DeviceSubject } from './roster.ts'
import type { Watcher } from './run-device.ts'
import type { DeviceStep, StepResult } from './step.ts'
import { steps } from './steps/index.ts'

const REDRAW_MS = 200

/** Tells how far a programme is: a line for each step that ended, and in a terminal what it waits for now. */
export class DeviceWatch implements Watcher {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #places: string
  #step: DeviceStep | undefined
  #waiting: Waiting | undefined
  #arrived = false
  #cancel = () => {}

  constructor(terminal: Terminal, clock: Clock, places: readonly string[]) {
    this.#terminal = terminal
    this.#clock = clock
    this.#places = places.join(' or ')
    this.#say(`waiting for a device at ${this.#places}: point it there`)
    if (terminal.redraws) this.#tick()
  }

  waiting(waiting: Waiting): void {
    this.#waiting = waiting
  }

  begun(step: DeviceStep): void {
    this.#step = step
  }

  arrived(subject: DeviceSubject): void {
    this.#arrived = true
    const { clientId, address, protocol, declaredS, tls } = subject
    const kS = keepaliveMs(subject) / 1000
    const imposed = kS === declaredS ? '' : `, ${kS} s imposed`
    const speaks = tls
      ? 'TLS: its packets can not be read'
      : `${versionName(protocol)}, keep-alive ${declaredS} s${imposed}`
    this.#say(`device ${tls ? '' : `'${clientId}' `}from ${address}: ${speaks}`)
  }

  ended(outcome: Parameters<Watcher['ended']>[0]): void {
    if (this.#arrived) this.#terminal.print(stepLines(harmless(outcome), this.#terminal.look))
  }

  stranger(clientId: string): void {
    this.#say(`another client came through the link, '${clientId}': it is passed on, with the faults, and not judged`)
  }

  stop(): void {
    this.#cancel()
    if (this.#terminal.redraws) this.#terminal.live('')
  }

  #say(text: string): void {
    // A client id may be any text.
    this.#terminal.print(`${wrap(harmless(text), this.#terminal.look.width).join('\n')}\n`)
  }

  #tick(): void {
    this.#cancel = this.#clock.at(this.#clock.nowMs() + REDRAW_MS, () => {
      this.#terminal.live(this.#now())
      this.#tick()
    })
  }

  #now(): string {
    if (!this.#waiting) return ''
    const { text, untilMs } = this.#waiting
    const leftS = Math.max(0, Math.ceil((untilMs - this.#clock.nowMs()) / 1000))
    const where = this.#arrived ? (this.#step?.title ?? '') : this.#places
    return cut(harmless(`  ....  ${where}: ${text} (at most ${leftS} s)`), this.#terminal.look.width - 1)
  }
}

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
