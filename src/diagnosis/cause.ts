import type { Facts } from './log-facts.ts'

/** Within how many points causes can't be told apart. */
export const APART = 1.5
/** With fewer points a cause is not named at all. */
export const NAMED = 3

/** Between what an idle time-out lies, and how the box behaves. */
export interface IdleBounds {
  /** The longest silence that was survived; 0: none was. Always below `atMostMs`. */
  readonly aboveMs: number
  readonly atMostMs: number
  readonly behaviour: 'silent' | 'answers-rst' | 'closes' | 'inbound-only'
  /** How many ends say so. */
  readonly count: number
  /** Presets whose defaults fit. */
  readonly like: readonly string[]
}

/** What a cause has to say of one subject. */
export interface Weighed {
  readonly points: number
  /** What it would mean, as a clause. */
  readonly title: string
  readonly pro: readonly string[]
  readonly contra: readonly string[]
  /** Why it can't be: one fact that does not go with it. */
  readonly ruledOut: string | undefined
  readonly bounds?: readonly IdleBounds[]
  /** What to do where this is the cause. */
  readonly advice: readonly string[]
  /** What would show it, or show that it is not so. */
  readonly next: readonly string[]
}

/** One explanation. A plug-in: one file, and one row in causes/index.ts. */
export interface Cause {
  readonly name: string
  /** `undefined`: nothing in the source has to do with it. */
  weigh(facts: Facts): Weighed | undefined
}

/** Collects what speaks for a cause and against it. */
export class Scales {
  readonly #title: string
  #points: number
  readonly #pro: string[] = []
  readonly #contra: string[] = []
  #ruledOut: string | undefined

  constructor(title: string, points: number) {
    this.#title = title
    this.#points = points
  }

  pro(points: number, text?: string): this {
    this.#points += points
    if (text !== undefined) this.#pro.push(text)
    return this
  }

  contra(points: number, text?: string): this {
    this.#points -= points
    if (text !== undefined) this.#contra.push(text)
    return this
  }

  ruleOut(text: string): this {
    this.#ruledOut ??= text
    return this
  }

  get isRuledOut(): boolean {
    return this.#ruledOut !== undefined
  }

  done(more: Partial<Pick<Weighed, 'bounds' | 'advice' | 'next' | 'title'>> = {}): Weighed {
    return {
      points: this.#points,
      title: this.#title,
      pro: this.#pro,
      contra: this.#contra,
      ruledOut: this.#ruledOut,
      advice: [],
      next: [],
      ...more,
    }
  }
}
