import Table from 'cli-table3'
import { wrap } from '../../text/layout.ts'
import { PLAIN } from '../compare/table.ts'
import { LEGEND, notes, origin } from './notes.ts'
import type { RatioTable } from './ratio-table.ts'
import { type Section, sections } from './sections.ts'

/** For reading; more columns than that are none. */
const WIDTH = 80

/** The whole table for a terminal. */
export function ratiosText(table: RatioTable, withPairs: boolean): string {
  const blocks = [
    origin(table)
      .flatMap(text => wrap(text, WIDTH))
      .join('\n'),
    ...sections(table, withPairs).map(section => `${section.title}\n\n${grid(section)}`),
    [...notes(table, withPairs), ...LEGEND].flatMap(text => wrap(text, WIDTH)).join('\n'),
  ]
  return `${blocks.join('\n\n')}\n`
}

function grid({ head, rows }: Section): string {
  const table = new Table({
    head: [...head],
    // Names of fifteen letters and figures of fourteen still go into 80 columns.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: PLAIN,
    wordWrap: true,
    // The last column of words takes what room is left.
    ...(head.length === WORDS.length ? { colWidths: [...WORDS] } : {}),
  })
  for (const row of rows) table.push([...row])
  const lines = table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
  const isTall = rows.some(cells => cells.some(cell => cell.includes('\n')))
  return lines.filter((line, i) => isTall || i <= HEAD_LINES || !/^[- ]+$/.test(line)).join('\n')
}

const WORDS = [17, 16, WIDTH - 17 - 16 - 2]
/** The rule below it is kept, those between lines are not needed. */
const HEAD_LINES = 2
