import pc from 'picocolors'
import type { ReportedResult } from './result.ts'

export type Style = ReturnType<typeof pc.createColors>

export const styleFor = (color: boolean): Style => pc.createColors(color)

/** The word that opens a scenario's line, all of one width. */
export const BADGES: Readonly<Record<ReportedResult, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  inconclusive: '????',
  unsupported: 'skip',
  skipped: 'skip',
}

export function badge(result: ReportedResult, style: Style): string {
  const paint = {
    pass: style.green,
    fail: (text: string) => style.bold(style.red(text)),
    inconclusive: style.yellow,
    unsupported: style.dim,
    skipped: style.dim,
  }[result]
  return paint(BADGES[result])
}
