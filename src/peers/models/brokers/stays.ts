import type { Cancel, Clock } from '../../../clock/clock.ts'

/** A will, with the seconds for which the broker has to keep it back. */
export interface DelayedWill {
  readonly delayS: number
  send(): void
}

interface Stay {
  readonly cancels: Cancel[]
  /** Not yet sent. */
  will: DelayedWill | undefined
}

/** 0xFFFFFFFF: the session never ends, MQTT 5.0 §3.1.2.11.2. */
const NEVER_S = 0xffff_ffff

/**
 * Sessions whose clients are away, with the wills that wait. A will goes out at the end of its delay or of its session, whichever
 * comes first (MQTT 5.0 §3.1.3.2.2); a client that goes on with its session before that takes it back ([MQTT-3.1.3-9]).
 */
export class Stays {
  readonly #clock: Clock
  readonly #away = new Map<string, Stay>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  away(clientId: string, expiryS: number, will: DelayedWill | undefined, end: () => void): void {
    const delayS = Math.min(will?.delayS ?? 0, expiryS)
    if (delayS === 0) will?.send()
    if (expiryS === 0) {
      end()
      return
    }
    const stay: Stay = { will: delayS === 0 ? undefined : will, cancels: [] }
    this.#away.set(clientId, stay)
    if (stay.will) stay.cancels.push(this.#after(delayS, () => this.#send(stay)))
    if (expiryS < NEVER_S) stay.cancels.push(this.#after(expiryS, () => this.#end(clientId, stay, end)))
  }

  /** `clean`: by a connection that ends the session. */
  back(clientId: string, clean: boolean): void {
    const stay = this.#away.get(clientId)
    if (!stay) return
    this.#forget(clientId, stay)
    if (clean) this.#send(stay)
  }

  forget(): void {
    for (const [clientId, stay] of [...this.#away]) this.#forget(clientId, stay)
  }

  #after(seconds: number, act: () => void): Cancel {
    return this.#clock.at(this.#clock.nowMs() + seconds * 1000, act)
  }

  #send(stay: Stay): void {
    const { will } = stay
    stay.will = undefined
    will?.send()
  }

  #end(clientId: string, stay: Stay, end: () => void): void {
    this.#forget(clientId, stay)
    this.#send(stay)
    end()
  }

  #forget(clientId: string, { cancels }: Stay): void {
    this.#away.delete(clientId)
    for (const cancel of cancels) cancel()
  }
}
