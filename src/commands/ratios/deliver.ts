import { saveFile } from '../../terminal/save-file.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { harmlessJson } from '../../text/json.ts'
import { markdownText } from './markdown.ts'
import type { RatioOptions } from './options.ts'
import { csvText } from './ratio-csv.ts'
import type { RatioTable } from './ratio-table.ts'
import { ratiosText } from './ratio-text.ts'

/** Prints the table and writes the files. What could not be written. */
export async function deliver(
  table: RatioTable,
  options: RatioOptions,
  terminal: Terminal,
): Promise<readonly string[]> {
  const told = harmless(table)
  terminal.print(ratiosText(told, options.pairs === true))
  const writes = [
    saveFile(options.json, async () => `${harmlessJson(table, 1)}\n`),
    saveFile(options.csv, async () => csvText(told)),
    saveFile(options.markdown, async () => markdownText(told)),
    // Loaded only by those who want a picture: the library takes a third of a second.
    saveFile(options.html, async () => (await import('./ratio-page.ts')).pageText(told)),
  ]
  return (await Promise.all(writes)).flat()
}
