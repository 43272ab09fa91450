import { stringify } from 'csv-stringify/sync'
import { saveFile } from '../../terminal/files.ts'
import { saveReport } from '../../terminal/save-page.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { CSV_OPTIONS, harmless } from '../../text/harmless.ts'
import { orAll } from '../../text/nearest.ts'
import { type CellResult, type CellSpread, type Comparison, firstOf, metrics } from './comparison.ts'
import { comparisonJson } from './comparison-file.ts'
import { comparisonPage } from './comparison-page.ts'
import { comparisonText } from './comparison-text.ts'
import type { OutputOptions } from './options.ts'

/** What is wrong with the options, before anything is played. */
export function outputProblems({ metric }: OutputOptions): string[] {
  if (metric === undefined || metrics.has(metric)) return []
  return [`--metric: nothing is called '${metric}'${orAll(metric, [...metrics.keys()])}`]
}

/** Prints the answer and writes the files. What could not be written. */
export async function deliver(
  comparison: Comparison,
  options: OutputOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  const told = harmless(comparison)
  terminal.print(comparisonText(told, options.metric))
  const writes = [
    saveFile(options.json, async () => comparisonJson(comparison)),
    saveFile(options.csv, async () => csvText(told)),
    // Loaded only by those who want it: the library takes a third of a second.
    saveFile(options.svg, async () => (await import('./comparison-svg.ts')).svgText(told, options.metric)),
    saveReport(options.html, () => ({ page: comparisonPage(told, options.metric) })),
  ]
  return (await Promise.all(writes)).flat()
}

/** One line a cell; times in milliseconds, `k` columns in multiples of the keep-alive. Empty where nothing was measured. */
export const csvText = (comparison: Comparison): string =>
  comparison.results.length === 0 ? '' : `${csvHead()}${csvRows(comparison.results, comparison)}`

export const csvRows = (results: readonly CellResult[], peers: Pick<Comparison, 'clients' | 'brokers'>): string =>
  stringify(
    results.map(result => harmless(row(result, peers))),
    CSV_OPTIONS,
  )

/** Every row has the same columns. */
export const csvHead = (): string => stringify([Object.keys(row(NO_RESULT, { clients: {}, brokers: {} }))], CSV_OPTIONS)

const NOBODY = { noticed: null, told: 0 }
const NO_RESULT: CellResult = {
  index: 0,
  cell: {
    keepaliveS: 1,
    idleMs: null,
    maxKeepaliveS: null,
    broker: '',
    client: '',
    fault: '',
    traffic: '',
    latencyMs: 0,
  },
  runs: 0,
  cuts: 0,
  client: NOBODY,
  broker: NOBODY,
  first: { client: 0, broker: 0, tie: 0, nobody: 0, unknown: 0 },
  flapsPerHour: null,
  pingsPerHour: null,
  messages: null,
  trouble: null,
}

function row(
  result: CellResult,
  { clients, brokers }: Pick<Comparison, 'clients' | 'brokers'>,
): Record<string, string | number> {
  const { cell, first, messages } = result
  const keepaliveMs = cell.keepaliveS * 1000
  return {
    cell: result.index,
    keepalive_s: cell.keepaliveS,
    idle_ms: cell.idleMs ?? '',
    keepalive_to_idle: cell.idleMs === null ? '' : Number((keepaliveMs / cell.idleMs).toFixed(4)),
    max_keepalive_s: cell.maxKeepaliveS ?? '',
    client: cell.client,
    client_is: clients[cell.client]?.model ? 'model' : 'real',
    broker: cell.broker,
    broker_is: brokers[cell.broker]?.model ? 'model' : 'real',
    fault: cell.fault,
    traffic: cell.traffic,
    latency_ms: cell.latencyMs,
    runs: result.runs,
    cuts: result.cuts,
    first: firstOf(result),
    first_client: first.client,
    first_broker: first.broker,
    first_tie: first.tie,
    first_nobody: first.nobody,
    ...sideColumns('client', result.client.noticed, keepaliveMs),
    ...sideColumns('broker', result.broker.noticed, keepaliveMs),
    flaps_per_hour: result.flapsPerHour ?? '',
    pings_per_hour: result.pingsPerHour ?? '',
    messages_sent: messages?.sent ?? '',
    messages_lost: messages?.lost ?? '',
    messages_late: messages?.late ?? '',
    trouble: result.trouble ?? '',
  }
}

function sideColumns(side: string, spread: CellSpread | null, keepaliveMs: number): Record<string, string | number> {
  const inK = (ms: number | undefined) => (ms === undefined ? '' : Number((ms / keepaliveMs).toFixed(4)))
  return {
    [`${side}_noticed`]: spread?.count ?? 0,
    [`${side}_min_ms`]: spread?.minMs ?? '',
    [`${side}_median_ms`]: spread?.medianMs ?? '',
    [`${side}_max_ms`]: spread?.maxMs ?? '',
    [`${side}_min_k`]: inK(spread?.minMs),
    [`${side}_median_k`]: inK(spread?.medianMs),
    [`${side}_max_k`]: inK(spread?.maxMs),
  }
}
