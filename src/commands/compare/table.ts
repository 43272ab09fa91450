import Table from 'cli-table3'
import { wrap } from '../../text/layout.ts'
import { varying } from './cell.ts'
import type { Comparison } from './comparison.ts'
import { figure, spreadLines } from './numbers.ts'
import { cellTitle } from './panels.ts'
import { type CellResult, firstOf } from './result.ts'

/** Peers' names, with their `(model)`, are broken here, so that the whole stays within 80 columns. */
const CELL_WIDTH = 18

const HEAD = ['cell', 'first', 'client notices', 'broker notices', 'flaps/h', 'lost, late', 'pings/h']

/** One block of lines for each cell, at most 80 columns wide. Borders of plain characters, so that it can go anywhere. */
export function tableText(comparison: Comparison): string {
  const dimensions = varying(comparison.results.map(({ cell }) => cell))
  const hasMessages = comparison.results.some(({ messages }) => messages !== null)
  const table = new Table({
    head: HEAD.filter(title => hasMessages || title !== 'lost, late'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
    chars: PLAIN,
  })
  for (const result of comparison.results) {
    const title = cellTitle(result.cell, dimensions, comparison) || cellTitle(result.cell, ['keepaliveS'], comparison)
    const [cell, first, client, broker, flaps, messages, pings] = [
      title
        .split(', ')
        .flatMap(part => wrap(part, CELL_WIDTH))
        .join('\n'),
      ...figures(result),
    ]
    table.push([cell, first, client, broker, flaps, ...(hasMessages ? [messages] : []), pings].map(text => text ?? ''))
  }
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

function figures(result: CellResult): string[] {
  const keepaliveMs = result.cell.keepaliveS * 1000
  const side = ({ noticed }: CellResult['client']) =>
    noticed ? spreadLines(noticed, keepaliveMs).join('\n') : result.cuts > 0 ? 'never' : '-'
  const { messages, flapsPerHour, pingsPerHour, trouble } = result
  return [
    trouble === null ? firstOf(result) : '!',
    side(result.client),
    side(result.broker),
    flapsPerHour === null ? '-' : figure(flapsPerHour),
    messages === null ? '-' : `${messages.lost}, ${messages.late}\nof ${messages.sent}`,
    pingsPerHour === null ? '-' : figure(pingsPerHour),
  ]
}

/** Borders of plain characters, for tables that go anywhere. */
export const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '-',
  'mid-mid': ' ',
  right: '',
  'right-mid': '',
  middle: ' ',
}
