import { stringify } from 'csv-stringify/sync'
import { CSV_OPTIONS } from '../text/escapes.ts'
import type { KeepalivePoint, PeerRow, RatioTable } from './table.ts'

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
  const talking = row.whilePublishing
  return {
    role: row.role,
    peer: row.name,
    version: row.version,
    factor_k: line?.k ?? '',
    offset_ms: line?.ms ?? '',
    spread_ms: line ? row.spreadMs : '',
    granularity_ms: row.granularityMs ?? '',
    scan_ms: row.scanMs ?? '',
    ping_k: row.ping?.k ?? '',
    ping_ms: row.ping?.ms ?? '',
    publishing_k: talking === 'never' ? 'never' : (talking?.k ?? ''),
    publishing_ms: talking === 'never' ? '' : (talking?.ms ?? ''),
    server_keep_alive: row.serverKeepAlive ?? '',
    told: row.told ?? '',
    healthy_runs: row.falseAlarms.runs,
    healthy_lost: row.falseAlarms.lost,
    partners_spread_ms: row.partnersSpreadMs,
    doubts: row.doubts.join('; '),
  }
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
