import { z } from 'zod'
import { formatMs } from '../../model/duration.ts'

/** One combination of the axes. */
export const cellSchema = z.object({
  keepaliveS: z.number(),
  /** Idle time-out of the middlebox; `null` where there is none. */
  idleMs: z.number().nullable(),
  /** The longest keep-alive that the broker allows (Server Keep Alive of MQTT 5.0); `null`: any. */
  maxKeepaliveS: z.number().nullable(),
  broker: z.string(),
  client: z.string(),
  fault: z.string(),
  traffic: z.string(),
  /** One way, each way. */
  latencyMs: z.number(),
})
export type Cell = Readonly<z.infer<typeof cellSchema>>

/** In the order in which they are said. */
export const DIMENSIONS = [
  'keepaliveS',
  'idleMs',
  'maxKeepaliveS',
  'client',
  'broker',
  'fault',
  'traffic',
  'latencyMs',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const isNumeric = (dimension: Dimension): boolean => /(S|Ms)$/.test(dimension)

/** What an axis is called, with its unit. */
export const TITLES: Readonly<Record<Dimension, string>> = {
  keepaliveS: 'keep-alive K (s)',
  idleMs: 'idle time-out T of the middlebox (s)',
  maxKeepaliveS: "longest keep-alive of the broker's (s)",
  client: 'client',
  broker: 'broker',
  fault: 'fault',
  traffic: 'traffic',
  latencyMs: 'latency, one way (ms)',
}

/** On an axis: seconds for all but latencies. */
export const axisNumber = (cell: Cell, dimension: Dimension): number =>
  dimension === 'idleMs' ? Number(cell.idleMs) / 1000 : Number(cell[dimension])

/** `K 60 s = 1.33 T`, `T 45 s`, `mqttjs`; empty where there is nothing to say. */
export function phrase(cell: Cell, dimension: Dimension): string {
  const value = cell[dimension]
  if (value === null) return ''
  switch (dimension) {
    case 'keepaliveS':
      return `K ${value} s${cell.idleMs === null ? '' : ` = ${Number(((1000 * cell.keepaliveS) / cell.idleMs).toFixed(2))} T`}`
    case 'idleMs':
      return `T ${formatMs(Number(value))}`
    case 'maxKeepaliveS':
      return `broker allows K ${value} s`
    case 'latencyMs':
      return `latency ${formatMs(Number(value))}`
    default:
      return String(value)
  }
}

/** The dimensions in which these cells differ. */
export function varying(cells: readonly Cell[]): readonly Dimension[] {
  const [first] = cells
  return DIMENSIONS.filter(dimension => cells.some(cell => cell[dimension] !== first?.[dimension]))
}

/** `K 60 s, T 45 s, mqttjs`: only what `dimensions` names. */
export const describe = (cell: Cell, dimensions: readonly Dimension[]): string =>
  dimensions
    .map(dimension => phrase(cell, dimension))
    .filter(text => text !== '')
    .join(', ')
