import { resolve } from 'node:path'
import type { SourcePosition } from '../model/scenario.ts'
import { complaints } from '../reporters/failure.ts'
import { resultOf } from '../reporters/result.ts'
import { harmless } from '../text/harmless.ts'
import type { Played } from './order.ts'

/** Where the stack of an error points. */
export interface Blame {
  /** Positions in scenario files count from here. */
  readonly cwd: string
  /** Stack frames of whoever asked for the scenario. */
  readonly caller: readonly string[]
}

/**
 * A scenario that did not pass, as a test runner's error. Its stack starts at the expectations that were not met,
 * so that code frames and annotations point into the scenario file; then comes `caller`, who asked for the scenario.
 */
export class ScenarioError extends Error {
  constructor(played: Played, { cwd, caller }: Blame) {
    const report = harmless(played.report)
    const { verdict, scenario, evidence } = report
    const bad = complaints(report)
    const lines = [
      ...(verdict?.troubles ?? []),
      ...(verdict?.notes ?? []).map(note => `note: ${note}`),
      ...bad.map(({ check, reason }) => `${check}: ${reason}`),
      ...(evidence === undefined ? [] : [`evidence: ${evidence}`]),
    ]
    super(lines.join('\n'))
    this.name = resultOf(report) === 'fail' ? 'ScenarioFailed' : 'ScenarioInconclusive'
    const frames = bad.map(({ check, position }) => frame(check, position, cwd))
    if (frames.length === 0) frames.push(frame('scenario', scenario.position, cwd))
    this.stack = [`${this.name}: ${this.message}`, ...frames, ...caller].join('\n')
  }
}

const frame = (what: string, { file, line, column }: SourcePosition, cwd: string): string =>
  `    at ${what} (${resolve(cwd, file)}:${line}:${column})`
