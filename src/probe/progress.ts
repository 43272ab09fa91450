import { formatMs } from '../model/duration.ts'
import { findingsOf } from './findings.ts'
import type { Observation } from './observation.ts'

/** What is known so far, in one line. */
export function progressText(observations: readonly Observation[], waiting: number, nowMs: number): string {
  const { aliveMs, deadMs } = findingsOf(observations, { keepaliveS: 0 })
  const known =
    deadMs < Infinity
      ? `T between ${formatMs(aliveMs)} and ${formatMs(Math.round(deadMs))}`
      : aliveMs > 0
        ? `none up to ${formatMs(aliveMs)}`
        : 'nothing known yet'
  return `${Math.round(nowMs / 1000)} s: ${known}; ${waiting} connections are silent`
}
