/** Forgets what was asked for; does nothing once it has happened. */
export type Cancel = () => void

/**
 * All time goes through one of these: it both tells and waits. Milliseconds since the clock's own start,
 * with fractions; never the date.
 */
export interface Clock {
  readonly kind: 'real' | 'virtual'
  nowMs(): number
  /** Calls `act` once `nowMs() >= atMs`; never before. At once, but not synchronously, where that is past. */
  at(atMs: number, act: () => void): Cancel
  /** Resolves once `nowMs() >= untilMs`. A virtual clock gets there by running everything due on the way. */
  advanceTo(untilMs: number): Promise<void>
  /** Virtual clocks only: whoever waits in `advanceTo` is let go at once, and time stands still where it is. */
  letGo?(): void
}
