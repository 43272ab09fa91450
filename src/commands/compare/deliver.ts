import { saveFile } from '../../terminal/save-file.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { nearest } from '../../text/nearest.ts'
import type { Comparison } from './comparison.ts'
import { csvText } from './csv.ts'
import { metrics } from './metric.ts'
import type { OutputOptions } from './options.ts'
import { comparisonText } from './text.ts'

/** What is wrong with the options, before anything is played. */
export function outputProblems({ metric }: OutputOptions): string[] {
  if (metric === undefined || metrics.has(metric)) return []
  const near = nearest(metric, [...metrics.keys()])
  const hint = near === undefined ? `; there are ${[...metrics.keys()].join(', ')}` : `. Did you mean '${near}'?`
  return [`--metric: nothing is called '${metric}'${hint}`]
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
    saveFile(options.json, async () => `${harmlessJson(comparison)}\n`),
    saveFile(options.csv, async () => csvText(told)),
    saveFile(options.svg, async () => (await drawing()).svgText(told, options.metric)),
    saveFile(options.html, async () => (await drawing()).htmlText(told, options.metric)),
  ]
  return (await Promise.all(writes)).flat()
}

/** Loaded only by those who want a picture: the library takes a third of a second. */
const drawing = () => import('./page.ts')
