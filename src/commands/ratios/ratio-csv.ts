import { stringify } from 'csv-stringify/sync'
import { CSV_OPTIONS } from '../../text/escapes.ts'
import type { Fit } from './measured.ts'
import type { KeepalivePoint, PeerRow, RatioTable } from './ratio-table.ts'
import { FIGURES, insteadOf } from './ratio-words.ts'

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

function peerColumns(row: PeerRow) {
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
  line: Fit | 'never' | undefined,
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
