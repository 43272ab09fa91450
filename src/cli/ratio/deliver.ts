import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { csvText } from '../../ratio/csv.ts'
import { markdownText } from '../../ratio/markdown.ts'
import type { RatioTable } from '../../ratio/table.ts'
import { ratiosText } from '../../ratio/text.ts'
import { plainly } from '../../vitest/plainly.ts'
import { makeFolder } from '../make-folder.ts'
import type { Terminal } from '../terminal.ts'
import type { RatioOptions } from './options.ts'

/** Prints the table and writes the files. What could not be written. */
export async function deliver(
  table: RatioTable,
  options: RatioOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  terminal.print(ratiosText(table, options.pairs === true))
  const writes = [
    save(options.json, async () => `${JSON.stringify(table, null, 1)}\n`),
    save(options.csv, async () => csvText(table)),
    save(options.markdown, async () => markdownText(table)),
    // Loaded only by those who want a picture: the library takes a third of a second.
    save(options.html, async () => (await import('../../ratio/page.ts')).pageText(table)),
  ]
  return (await Promise.all(writes)).flat()
}

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
