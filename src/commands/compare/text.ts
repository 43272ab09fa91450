import { groupBy } from '../../text/group.ts'
import { plural, wrap } from '../../text/layout.ts'
import { advice } from './advice.ts'
import type { Comparison } from './comparison.ts'
import { mapText } from './map-text.ts'
import { defaultMetric, metrics } from './metric.ts'
import { common, mapLayout, origin } from './panels.ts'
import { tableText } from './table.ts'

/** For reading; more columns than that are none. */
const WIDTH = 80
/** Cells left out that are named one by one. */
const NAMED = 5

/** The whole answer for a terminal: what was measured, and what it comes to. */
export function comparisonText(comparison: Comparison, metricName: string | undefined): string {
  const layout = mapLayout(comparison)
  const metric = metrics.get(metricName ?? '') ?? defaultMetric(comparison.results)
  const figures = layout ? mapText(layout, metric, WIDTH) : tableText(comparison)
  const blocks = [
    ...wrap(heading(comparison), WIDTH),
    ...wrap(common(comparison), WIDTH),
    '',
    ...(comparison.results.length > 0 ? [figures, ''] : []),
    ...notes(comparison).flatMap(text => wrap(text, WIDTH)),
    ...advice(comparison).flatMap(text => [...wrap(text, WIDTH)]),
  ]
  return `${blocks.join('\n').trimEnd()}\n`
}

function heading(comparison: Comparison): string {
  const { results, cells, shard, partial } = comparison
  const count = partial ? `${results.length} of ${cells} cells (partial)` : plural(results.length, 'cell')
  return `${count}${shard ? `, shard ${shard.index}/${shard.of}` : ''}; ${origin(comparison)}`
}

function notes({ results, leftOut }: Comparison): string[] {
  const doubtful = results.filter(({ trouble }) => trouble !== null)
  const byReason = groupBy(leftOut, ({ reason }) => reason)
  return [
    ...doubtful.slice(0, NAMED).map(({ index, trouble }) => `! cell ${index}: ${trouble}`),
    ...(doubtful.length > NAMED ? [`! and ${doubtful.length - NAMED} more cells that can't be relied on`] : []),
    ...byReason.slice(0, NAMED).map(([reason, own]) => `left out, ${plural(own.length, 'cell')}: ${reason}`),
    ...(byReason.length > NAMED ? [`left out for other reasons: ${byReason.length - NAMED} more kinds of cells`] : []),
  ]
}
