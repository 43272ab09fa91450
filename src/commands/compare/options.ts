import type { Shard } from '../../terminal/shard.ts'
import type { AxisTexts } from './axes.ts'

/** Where the figures go besides the terminal, and which of them a map shows. */
export interface OutputOptions {
  readonly metric?: string
  readonly csv?: string
  readonly json?: string
  readonly html?: string
  readonly svg?: string
}

export interface CompareOptions extends AxisTexts, OutputOptions {
  readonly lab: string
  readonly phases: number
  readonly for: string
  readonly quick?: boolean
  readonly longest: string
  readonly seed?: number
  readonly jobs?: number
  readonly shard?: Shard
}
