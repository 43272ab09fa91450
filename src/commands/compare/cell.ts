import { z } from 'zod'
import { formatMs } from '../../model/duration.ts'
import type { Axes } from './axes.ts'
import { kindOf } from './cell-fault.ts'

/** A cell and its number in the whole grid, which is the same in every shard. */
export interface NumberedCell {
  readonly index: number
  readonly cell: Cell
}

/** The broker's time-out is 1.5 times the keep-alive that it imposes: MQTT 5.0 [MQTT-3.1.2-22], [MQTT-3.2.2-21]. */
const BROKER_FACTOR = 1.5

/** How many combinations there are, before those that say the same are taken together. */
export const combinations = (axes: Axes): number =>
  Object.values(axes).reduce((product, values) => product * Math.max(values.length, 1), 1)

/**
 * Every combination once, one at a time, since there may be a million of them. An idle time-out says nothing where there is no middlebox,
 * so there it is left out.
 */
export function* eachCell(axes: Axes): Generator<NumberedCell> {
  const orNull = <V>(values: readonly V[]): readonly (V | null)[] => (values.length > 0 ? values : [null])
  let index = 0
  for (const fault of axes.fault)
    for (const client of axes.client)
      for (const broker of axes.broker)
        for (const traffic of axes.traffic)
          for (const latencyMs of axes.latencyMs)
            for (const maxKeepaliveS of orNull(axes.maxKeepaliveS))
              for (const idleMs of kindOf(fault) === 'box' ? orNull(axes.idleMs) : [null])
                for (const keepaliveS of keepalives(axes, idleMs, maxKeepaliveS)) {
                  const cell = { keepaliveS, idleMs, maxKeepaliveS, broker, client, fault, traffic, latencyMs }
                  yield { index: index++, cell }
                }
}

/** A ratio is of the shorter time-out: the middlebox's, or 1.5 times what the broker allows. Whole seconds, at least one. */
function keepalives(axes: Axes, idleMs: number | null, maxKeepaliveS: number | null): readonly number[] {
  if (axes.ratio.length === 0) return axes.keepaliveS
  const timeoutS = Math.min(
    idleMs === null ? Infinity : idleMs / 1000,
    maxKeepaliveS === null ? Infinity : maxKeepaliveS * BROKER_FACTOR,
  )
  if (timeoutS === Infinity) return []
  return [...new Set(axes.ratio.map(ratio => Math.max(1, Math.round(ratio * timeoutS))))]
}

/** Every n-th one, so that each shard gets some of every corner. */
export function* inShard(
  cells: Iterable<NumberedCell>,
  shard: { readonly index: number; readonly of: number } | undefined,
): Generator<NumberedCell> {
  for (const cell of cells) if (shard === undefined || cell.index % shard.of === shard.index - 1) yield cell
}

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
function phrase(cell: Cell, dimension: Dimension): string {
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
