import { plural, wrap } from '../../text/layout.ts'
import type { Drift, DriftReport } from './drift.ts'
import { timeText } from './ratio-words.ts'

const WIDTH = 80

/** What the comparison with a baseline came to, in lines for a terminal. */
export function driftText(report: DriftReport, baseline: string): string {
  const { tolerance, compared, drifts, unmeasured, versions, missing, added } = report
  const outcome =
    drifts.length > 0
      ? `${plural(drifts.length, 'figure')} of ${compared} drifted`
      : `${plural(compared - unmeasured.length, 'figure')} agree`
  const lines = [
    `Against ${baseline}: ${outcome} (tolerance ${tolerance.k} in factors, ${timeText(tolerance.ms)} in offsets and granularities).`,
    ...drifts.map(drift => `DRIFT ${figureText(drift)}`),
    ...unmeasured.map(drift => `? ${figureText(drift)}`),
    ...versions.map(text => `another version: ${text}`),
    ...(missing.length > 0 ? [`only in the baseline: ${missing.join(', ')}`] : []),
    ...(added.length > 0 ? [`not in the baseline: ${added.join(', ')}`] : []),
  ]
  return `${lines.flatMap(line => wrap(line, WIDTH)).join('\n')}\n`
}

const figureText = ({ peer, figure, expected, measured }: Drift): string =>
  `${peer} ${figure} ${measured}; the baseline says ${expected}`
