import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Comparison } from '../../compare/comparison.ts'
import { csvText } from '../../compare/csv.ts'
import { metrics } from '../../compare/metric.ts'
import { comparisonText } from '../../compare/text.ts'
import { nearest } from '../../scenario/nearest.ts'
import { plainly } from '../../vitest/plainly.ts'
import { makeFolder } from '../make-folder.ts'
import type { Terminal } from '../terminal.ts'
import type { OutputOptions } from './options.ts'

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
  terminal.print(comparisonText(comparison, options.metric))
  const writes = [
    save(options.json, async () => `${JSON.stringify(comparison)}\n`),
    save(options.csv, async () => csvText(comparison)),
    save(options.svg, async () => (await drawing()).svgText(comparison, options.metric)),
    save(options.html, async () => (await drawing()).htmlText(comparison, options.metric)),
  ]
  return (await Promise.all(writes)).flat()
}

/** Loaded only by those who want a picture: the library takes a third of a second. */
const drawing = () => import('../../compare/page.ts')

async function save(file: string | undefined, make: () => Promise<string>): Promise<string[]> {
  if (file === undefined) return []
  const path = resolve(file)
  try {
    await makeFolder(dirname(path))
    await writeFile(path, await make())
    return []
  } catch (error) {
    return [`${path} can't be written: ${plainly(error)}`]
  }
}
