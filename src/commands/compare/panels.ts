import Table from 'cli-table3'
import { PLAIN, wrap } from '../../text/layout.ts'
import { groupBy } from '../../text/median.ts'
import { axisNumber, type Cell, DIMENSIONS, type Dimension, describe, isNumeric, varying } from './cell.ts'
import { type CellResult, type CellSpread, type Comparison, firstOf, peerLabel } from './comparison.ts'
import { figure, spreadLines } from './numbers.ts'

/** The results that stand in one map: they differ in nothing but x and y. */
export interface Panel {
  /** What sets it apart from the other panels; empty where there is one only. */
  readonly title: string
  readonly results: readonly CellResult[]
}

/** A comparison as maps over two numeric axes. */
export interface Layout {
  readonly x: Dimension
  readonly y: Dimension
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly panels: readonly Panel[]
}

/** More maps than that nobody compares by eye. */
const MOST_PANELS = 12

/** `undefined` where two numeric axes do not span the cells: where there are fewer, or they are mostly empty (--ratio). */
export function mapLayout(comparison: Comparison): Layout | undefined {
  const { results } = comparison
  const cells = results.map(({ cell }) => cell)
  const differing = varying(cells)
  const [x, y] = differing.filter(isNumeric)
  if (x === undefined || y === undefined) return undefined
  const panels = panelsBy(
    comparison,
    differing.filter(dimension => dimension !== x && dimension !== y),
  )
  const xs = values(cells, x)
  const ys = values(cells, y)
  const isSparse = panels.some(panel => xs.length * ys.length > 1.5 * panel.results.length) && !comparison.partial
  return isSparse || panels.length > MOST_PANELS ? undefined : { x, y, xs, ys, panels }
}

const panelsBy = (comparison: Comparison, dimensions: readonly Dimension[]): readonly Panel[] =>
  groupBy(comparison.results, ({ cell }) => cellTitle(cell, dimensions, comparison)).map(([title, results]) => ({
    title,
    results,
  }))

const values = (cells: readonly Cell[], dimension: Dimension): readonly number[] =>
  [...new Set(cells.map(cell => axisNumber(cell, dimension)))].sort((a, b) => a - b)

/** As `describe`, with models called so. */
export const cellTitle = (cell: Cell, dimensions: readonly Dimension[], { clients, brokers }: Comparison): string =>
  describe({ ...cell, client: peerLabel(cell.client, clients), broker: peerLabel(cell.broker, brokers) }, dimensions)

/** What all cells have in common: `K 60 s, client mqttjs, fault blackhole`. */
export function common(comparison: Comparison): string {
  const cells = comparison.results.map(({ cell }) => cell)
  const [first] = cells
  if (!first) return ''
  const differing = new Set(varying(cells))
  return DIMENSIONS.filter(dimension => !differing.has(dimension))
    .map(dimension => {
      const text = cellTitle(first, [dimension], comparison)
      return isNumeric(dimension) || text === '' ? text : `${dimension} ${text}`
    })
    .filter(text => text !== '')
    .join(', ')
}

/** `mqttjs 5.16.0, paho-python 2.1.0 (model)`. */
const peersText = (peers: Comparison['clients']): string =>
  Object.entries(peers)
    .map(([name, { version, model }]) => `${name} ${version}${model ? ' (model)' : ''}`)
    .join(', ')

/** What made the figures, for titles: enough to make them again. */
export const origin = ({ settings, halfopen, node, clients, brokers }: Comparison): string =>
  `lab ${settings.lab}, seed ${settings.seed}, halfopen ${halfopen}, Node ${node}; ${[
    peersText(clients),
    peersText(brokers),
  ]
    .filter(text => text !== '')
    .join('; ')}`

/** What sets a cell apart from the others; of a single one its keep-alive. */
export const titleIn = ({ cell }: CellResult, dimensions: readonly Dimension[], comparison: Comparison): string =>
  cellTitle(cell, dimensions, comparison) || cellTitle(cell, ['keepaliveS'], comparison)

/** When one side noticed in a cell, in multiples of K. */
export interface NoticedRange {
  readonly cell: string
  readonly side: 'client' | 'broker'
  readonly min: number
  readonly median: number
  readonly max: number
}

interface NoticedRow {
  readonly cell: string
  readonly ranges: readonly NoticedRange[]
}

/** For each cell, from the least to the greatest, when each side noticed. */
export function noticedRanges(comparison: Comparison): readonly NoticedRow[] {
  const dimensions = varying(comparison.results.map(({ cell }) => cell))
  return comparison.results.map(result => {
    const cell = titleIn(result, dimensions, comparison)
    const inK = (ms: number) => ms / (result.cell.keepaliveS * 1000)
    const rangeOf = (side: NoticedRange['side'], spread: CellSpread | null): NoticedRange[] =>
      spread ? [{ cell, side, min: inK(spread.minMs), median: inK(spread.medianMs), max: inK(spread.maxMs) }] : []
    return { cell, ranges: [...rangeOf('client', result.client.noticed), ...rangeOf('broker', result.broker.noticed)] }
  })
}

/** Peers' names, with their `(model)`, are broken here, so that the whole stays within 80 columns. */
const CELL_WIDTH = 18

export const HEAD = ['cell', 'first', 'client notices', 'broker notices', 'flaps/h', 'lost, late', 'pings/h']

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
    const title = titleIn(result, dimensions, comparison)
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

export function figures(result: CellResult): string[] {
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
