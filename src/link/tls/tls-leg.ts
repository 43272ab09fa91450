import type { Side } from '../../model/flow.ts'
import type { End, Hearer } from '../pipe/ends.ts'
import type { Item } from '../toxics/toxic.ts'
import type { Inspection, TlsStep } from './inspection.ts'
import type { TlsEngine } from './tls-engine.ts'

/** The session with one of the two peers. Where there is none, its bytes pass as they are. */
export abstract class TlsLeg {
  readonly #side: Side
  protected readonly below: End
  protected readonly upper: Hearer
  protected readonly inspection: Inspection
  protected engine: TlsEngine | undefined
  protected isOver = false

  constructor(side: Side, below: End, upper: Hearer, inspection: Inspection) {
    this.#side = side
    this.below = below
    this.upper = upper
    this.inspection = inspection
  }

  /** The peer sent this. */
  arrive(item: Item): void {
    if (this.isOver) return
    if (item.what === 'bytes') this.hear(item.bytes)
    else {
      if (item.what === 'fin') this.engine?.feedEnd()
      this.pass(item)
    }
  }

  write(bytes: Buffer, sent: () => void): void {
    if (this.engine) this.engine.write(bytes, sent)
    else this.below.write(bytes, sent)
  }

  /** What the other leg has said, once it is through. */
  tell(message: unknown): void {
    const step = message as TlsStep
    if (step.is === 'close-notify') this.engine?.end()
    else this.told(step)
  }

  whenWritten(act: () => void): void {
    if (this.engine) this.engine.whenWritten(act)
    else act()
  }

  destroy(): void {
    this.isOver = true
    this.engine?.destroy()
  }

  protected abstract hear(bytes: Buffer): void
  protected abstract told(step: TlsStep): void

  protected pass(item: Item): void {
    this.upper.arrive(this.#side, item)
  }

  /** As a peer does that wants no more of this: its FIN, and nothing of it goes further. */
  protected giveUp(): void {
    if (this.isOver) return
    this.destroy()
    this.below.fin()
    this.pass({ what: 'fin' })
  }
}

/** OpenSSL's own words have a file and a line behind the reason. */
export const reasonOf = (error: Error): string =>
  /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1]?.trim() ?? error.message.split('\n')[0] ?? 'unknown'
