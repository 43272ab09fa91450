import Table from 'cli-table3'
import { stringify } from 'csv-stringify/sync'
import type { KeepalivePoint, RatioRow } from '../../figures/peer-row.ts'
import { FIGURES, insteadOf } from '../../figures/ratio-words.ts'
import type { RatioFit } from '../../model/peer-figures.ts'
import { CSV_OPTIONS, forMarkdown } from '../../text/harmless.ts'
import { PLAIN, wrap } from '../../text/layout.ts'
import type { RatioTable } from './ratio-table.ts'
import { LEGEND, notes, origin, type Section, sections } from './sections.ts'

/** One line for each peer, keep-alive and traffic; the peer's own figures are repeated on each. Times in milliseconds. */
export const csvText = ({ peers }: RatioTable): string =>
  stringify(
    peers.flatMap(row =>
      (row.points.length > 0 ? row.points : [undefined]).map(point => ({
        ...peerColumns(row),
        ...pointColumns(point),
      })),
    ),
    { header: true, ...CSV_OPTIONS },
  )

function peerColumns(row: RatioRow) {
  const line = row.role === 'client' ? row.afterAnswer : row.afterLastPacket
  const name = row.role === 'client' ? FIGURES.afterAnswer : FIGURES.afterLastPacket
  return {
    role: row.role,
    peer: row.name,
    version: row.version,
    ...lineColumns({ k: 'factor_k', ms: 'offset_ms' }, line, insteadOf(name, row, '')),
    spread_ms: line ? row.spreadMs : '',
    granularity_ms: row.granularityMs ?? insteadOf(FIGURES.granularity, row, ''),
    granularity_within_ms: row.granularityWithinMs ?? '',
    scan_ms: row.scanMs ?? '',
    ...lineColumns({ k: 'ping_k', ms: 'ping_ms' }, row.ping, insteadOf(FIGURES.ping, row, '')),
    ...lineColumns(
      { k: 'publishing_k', ms: 'publishing_ms' },
      row.whilePublishing,
      insteadOf(FIGURES.whilePublishing, row, ''),
    ),
    server_keep_alive: row.serverKeepAlive ?? '',
    told: row.told ?? '',
    healthy_runs: row.falseAlarms.runs,
    healthy_lost: row.falseAlarms.lost,
    partners_spread_ms: row.partnersSpreadMs,
    doubts: [...row.doubts, ...row.varies].join('; '),
  }
}

/** The figure and how far off it may be; `?` or `varies` where there is none for a reason that is among the doubts. */
function lineColumns(
  columns: { readonly k: string; readonly ms: string },
  line: RatioFit | 'never' | undefined,
  otherwise: string,
) {
  const [withinK, withinMs] = [columns.k, columns.ms].map(column => column.replace(/_(?=k$|ms$)/, '_within_'))
  const cells =
    typeof line === 'object' ? [line.k, line.withinK, line.ms, line.withinMs] : [line ?? otherwise, '', '', '']
  const names = [columns.k, withinK, columns.ms, withinMs]
  return Object.fromEntries(names.map((name, i) => [name, cells[i]]))
}

const pointColumns = (point: KeepalivePoint | undefined) => ({
  keepalive_s: point?.keepaliveS ?? '',
  traffic: point?.traffic ?? '',
  detections: point?.count ?? 0,
  least_ms: point?.leastMs ?? '',
  median_ms: point?.medianMs ?? '',
  greatest_ms: point?.greatestMs ?? '',
  cut_least_ms: point?.cutLeastMs ?? '',
  cut_greatest_ms: point?.cutGreatestMs ?? '',
})

/** The whole table as Markdown, pairs included: a file has room for them. */
export const markdownText = (table: RatioTable): string =>
  [
    '# Ratio table',
    origin(table)
      .map(text => `${escaped(text)}.`)
      .join('  \n'),
    ...sections(table, true).map(section => `## ${section.title}\n\n${markdownGrid(section)}`),
    ...(notes(table, true).length > 0
      ? [
          notes(table, true)
            .map(text => `- ${escaped(text)}`)
            .join('\n'),
        ]
      : []),
    ...LEGEND.map(escaped),
    '',
  ].join('\n\n')

const markdownGrid = ({ head, rows }: Section): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cellText).join(' | ')} |`).join('\n')

const cellText = (cell: string): string => escaped(cell.replaceAll('\n', ' '))

/** Whatever a library says must not become a column or a tag. */
const escaped = forMarkdown

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
