import type { PeerVersion } from '../../model/evidence.ts'
import type { Protocol } from '../spec.ts'
import { inRange, sameSeries } from '../version.ts'

/** Which peers a row of a profile table speaks of. */
export interface PeerRow {
  readonly names: readonly string[]
  /** As `inRange` takes it. `*` only where the figure does not hang on the version that was read. */
  readonly versions: string
  readonly protocol?: Protocol
  /** Keep-alives in seconds, both ends included, where the peer's rule has a bend. */
  readonly keepaliveS?: readonly [number, number]
  /** Where the figures come from: the source file that was read, or the measurement. */
  readonly source: string
}

/** Models carry a version in their name: `mosquitto-2.0.11`, `mqttjs-4`. */
export const familyOf = (name: string): string => name.replace(/-\d+(\.\d+)*$/, '')

/** The first row that speaks of this peer at this keep-alive. */
export function rowFor<Row extends PeerRow>(
  rows: readonly Row[],
  peer: PeerVersion,
  keepaliveMs: number,
  protocol: Protocol,
): Row | undefined {
  const within = ([from, to]: readonly [number, number]) => keepaliveMs >= from * 1000 && keepaliveMs <= to * 1000
  return rows.find(
    row =>
      row.names.includes(familyOf(peer.name)) &&
      inRange(peer.version, row.versions) &&
      (row.protocol === undefined || row.protocol === protocol) &&
      (row.keepaliveS === undefined || within(row.keepaliveS)),
  )
}

/**
 * Whether what was measured of the one is worth something for the other: a row speaks of both, so that they keep the same
 * rule; where the table has no row for the first, they are of one series.
 */
export function alike(rows: readonly PeerRow[], measured: PeerVersion, peer: PeerVersion): boolean {
  if (familyOf(measured.name) !== familyOf(peer.name)) return false
  const known = rows.filter(
    ({ names, versions }) =>
      names.includes(familyOf(measured.name)) && versions !== '*' && inRange(measured.version, versions),
  )
  if (known.length === 0) return measured.version === peer.version || sameSeries(measured.version, peer.version)
  return known.some(({ versions }) => inRange(peer.version, versions))
}

/** The rows that speak of this keep-alive, the first of each family and range of versions: what a table of all peers shows. */
export function rowsAt<Row extends PeerRow>(
  rows: readonly Row[],
  keepaliveMs: number,
  protocol: Protocol,
): readonly Row[] {
  const heads = rows.map(({ names, versions }) => ({ name: names[0] ?? '', version: versions }))
  const unique = new Map(heads.map(head => [`${head.name} ${head.version}`, head]))
  return [...unique.values()].flatMap(({ name, version }) => {
    const own = rows.filter(row => row.names[0] === name && row.versions === version)
    const within = own.find(
      row =>
        (row.protocol === undefined || row.protocol === protocol) &&
        (row.keepaliveS === undefined ||
          (keepaliveMs >= row.keepaliveS[0] * 1000 && keepaliveMs <= row.keepaliveS[1] * 1000)),
    )
    return within ? [within] : []
  })
}
