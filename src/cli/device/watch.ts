import type { Clock } from '../../clock/clock.ts'
import { stepLines } from '../../device/report/line.ts'
import type { Watcher } from '../../device/run.ts'
import type { Waiting } from '../../device/stage.ts'
import type { Step } from '../../device/step.ts'
import type { Subject } from '../../device/subject.ts'
import { keepaliveMs, versionName } from '../../device/terms.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { cut, wrap } from '../../text/layout.ts'

const REDRAW_MS = 200

/** Tells how far a programme is: a line for each step that ended, and in a terminal what it waits for now. */
export class DeviceWatch implements Watcher {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #places: string
  #step: Step | undefined
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

  begun(step: Step): void {
    this.#step = step
  }

  arrived(subject: Subject): void {
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
