/**
 * What a figure in real time says of a claim. A figure that the machine may have spoiled says nothing: its test is skipped *by doubt*,
 * and limit.ts counts those. Pure.
 */
import { latenessOf, type Standstill, standstillsOf, stoodStillMs } from '../../src/evidence/lateness.ts'
import { type Event, RUNNERS, type Runner } from '../../src/model/event.ts'

/** What a test claims of a duration. Both ends belong to the claim. */
export interface Claim {
  readonly earliestMs?: number
  readonly latestMs?: number
  /**
   * By how much of the recorded doubt the claim may be widened and still tell right from wrong: half the way to what a wrong figure
   * would be. None unless given.
   */
  readonly spareMs?: number
}

/** How far the machine may have falsified a duration: it may seem too short by `shortMs`, and too long by `longMs`. */
export interface Doubt {
  readonly shortMs: number
  readonly longMs: number
}

export const NO_DOUBT: Doubt = { shortMs: 0, longMs: 0 }

/** `fails`: not even the recorded doubt explains the figure. A figure that is NaN (never seen) fails. */
export function weigh(
  tookMs: number,
  { earliestMs = -Infinity, latestMs = Infinity, spareMs = 0 }: Claim,
  { shortMs, longMs }: Doubt,
): 'holds' | 'doubted' | 'fails' {
  if (tookMs >= earliestMs - Math.min(shortMs, spareMs) && tookMs <= latestMs + Math.min(longMs, spareMs))
    return 'holds'
  if (tookMs > latestMs && tookMs - longMs <= latestMs) return 'doubted'
  if (tookMs < earliestMs && tookMs + shortMs >= earliestMs) return 'doubted'
  return 'fails'
}

/** What is seen right after a standstill is dated late by it, as in src/judge/uncertainty.ts. */
const AFTERMATH_MS = 50

/**
 * The doubt in the time between two dates, from the record of who stood still: everything that `of` stood still in between may have
 * made the time longer; a standstill at its beginning may have dated the beginning late, which makes the time shorter.
 */
export function doubtBetween(
  standstills: readonly Standstill[],
  of: readonly Runner[],
  fromMs: number,
  toMs: number,
): Doubt {
  // Where everything lived in one thread, one standstill is that of all parties, and counts once.
  const parties = standstills.some(each => each.of === 'all') ? of.slice(0, 1) : of
  const sum = (lowMs: number, highMs: number) =>
    parties.reduce((total, party) => total + stoodStillMs(standstills, party, lowMs, highMs), 0)
  const atStart = standstills.filter(({ fromMs: low, toMs: high }) => low <= fromMs && high + AFTERMATH_MS >= fromMs)
  return {
    shortMs: atStart.reduce((total, { forMs }) => total + forMs, 0),
    // However many parties stood still at once, not for longer than there was time.
    longMs: Math.min(sum(fromMs - AFTERMATH_MS, toMs), toMs - fromMs),
  }
}

/** The doubt of the evidence itself: its standstills, and how late the two dates may be. */
export function doubtIn(
  events: readonly Event[],
  fromMs: number,
  toMs: number,
  of: readonly Runner[] = RUNNERS,
): Doubt {
  const late = latenessOf(events)
  const { shortMs, longMs } = doubtBetween(standstillsOf(events), of, fromMs, toMs)
  return { shortMs: shortMs + late(fromMs), longMs: longMs + late(toMs) }
}

/** Of a difference: what makes the one seem too long makes it larger, what makes the other seem too long makes it smaller. */
export const ofDifference = (one: Doubt, other: Doubt): Doubt => ({
  shortMs: one.shortMs + other.longMs,
  longMs: one.longMs + other.shortMs,
})

/** `the client's close took 1534 ms, claimed 1450 to 1500 ms; the machine explains up to 80 ms`. */
export function inWords(what: string, tookMs: number, { earliestMs, latestMs }: Claim, doubt: Doubt): string {
  const claimed =
    earliestMs === undefined
      ? `at most ${ms(latestMs)}`
      : latestMs === undefined
        ? `at least ${ms(earliestMs)}`
        : `${ms(earliestMs)} to ${ms(latestMs)}`
  const explained = latestMs !== undefined && tookMs > latestMs ? doubt.longMs : doubt.shortMs
  return `${what}: ${ms(tookMs)}, claimed ${claimed}; the machine explains up to ${ms(explained)}`
}

const ms = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? 'never' : `${Number(value.toFixed(1))} ms`
