import { beforeAll, expect, test } from 'vitest'
import { progressLine } from '../../../src/commands/compare/compare-progress.ts'
import type { Comparison } from '../../../src/commands/compare/comparison.ts'
import { comparisonPage } from '../../../src/commands/compare/comparison-page.ts'
import { svgText } from '../../../src/commands/compare/comparison-svg.ts'
import { comparisonText } from '../../../src/commands/compare/comparison-text.ts'
import { csvText } from '../../../src/commands/compare/deliver.ts'
import { NONE_FILL, STEPS } from '../../../src/commands/compare/map-tiles.ts'
import { compared } from './grids.ts'

let table: Comparison
let numbers: Comparison
let map: Comparison

beforeAll(async () => {
  table = await compared({ keepalive: '60s', client: 'mqttjs,paho-c', broker: 'aedes,mosquitto-2.0.11' })
  numbers = await compared({ keepalive: '30s,60s,240s', idle: '45s,350s', client: 'mqttjs,esp-mqtt' })
  map = await compared({ keepalive: '1s..120s/7s', idle: '1s..120s/7s' }, { quick: true, phases: 1 })
})

const golden = (name: string) => `../../golden/compare/${name}`
const widest = (text: string) => Math.max(...text.split('\n').map(line => line.length))

test('peers are told in a table, with range, ratio to K and who is a model', async () => {
  const text = comparisonText(table, undefined)
  await expect(text).toMatchFileSnapshot(golden('table.txt'))
  expect(widest(text)).toBeLessThanOrEqual(80)
})

test('a small grid of two numeric axes is a map of figures for each client', async () => {
  const text = comparisonText(numbers, undefined)
  await expect(text).toMatchFileSnapshot(golden('numbers.txt'))
  expect(widest(text)).toBeLessThanOrEqual(80)
})

test('a large grid is a map of characters with its legend', async () => {
  const many = { ...map, results: stretched(map) }
  await expect(comparisonText(map, undefined)).toMatchFileSnapshot(golden('map.txt'))
  const text = comparisonText(many, undefined)
  await expect(text).toMatchFileSnapshot(golden('folded-map.txt'))
  expect(widest(text)).toBeLessThanOrEqual(80)
})

/** The same figures, as if the grid had been ten times finer each way. */
const stretched = ({ results }: Comparison): Comparison['results'] =>
  results.flatMap(result =>
    Array.from({ length: 100 }, (_, i) => ({
      ...result,
      cell: {
        ...result.cell,
        keepaliveS: result.cell.keepaliveS * 10 + (i % 10),
        idleMs: Number(result.cell.idleMs) * 10 + Math.floor(i / 10) * 1000,
      },
    })),
  )

test('a partial comparison, doubtful cells and cells left out are told', async () => {
  const [first, second] = table.results
  const partial = {
    ...table,
    cells: 5,
    partial: true,
    results: [{ ...(first as never as object), trouble: 'the witness died' }, second] as Comparison['results'],
    leftOut: [
      {
        index: 4,
        cell: table.results[3]?.cell as never,
        reason: 'takes up to 195 s of real time; at most 60 s (--longest)',
      },
    ],
  }
  await expect(comparisonText(partial, undefined)).toMatchFileSnapshot(golden('partial.txt'))
})

test('with nothing played it still says what it is', () => {
  const text = comparisonText({ ...table, results: [], partial: true }, undefined)
  expect(text).toMatch(/0 of 4 cells \(partial\)/)
})

test('a table for spreadsheets has one line a cell and says who is a model', async () => {
  const text = csvText(numbers)
  await expect(text).toMatchFileSnapshot(golden('numbers.csv'))
  expect(text.trim().split('\n')).toHaveLength(1 + numbers.results.length)
  expect(csvText(numbers)).toMatch(/esp-mqtt,model/)
})

test('a heat map has a title, axes with units, a legend, the seed and the versions', () => {
  const svg = svgText(map, undefined)
  for (const words of [
    'Longest time until somebody notices the cut',
    'keep-alive K (s)',
    'idle time-out T of the middlebox (s)',
    'never cut',
    'K = 2/3 T',
    'seed 7',
    'mqttjs 1.0.0',
    'This rests on: K &lt; T',
  ])
    expect(svg).toContain(words)
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  expect(svg.match(/<rect[^>]*x="/g)?.length).toBeGreaterThan(map.results.length - 1)
})

test('where no two axes span a map, the picture shows ranges, models called so', () => {
  const svg = svgText(table, undefined)
  expect(svg).toContain('noticed after the cut, in multiples of K')
  expect(svg).toContain('paho-c (model), mosquitto-2.0.11 (model)')
})

test('a page holds the answer, a map for each client with every figure, and a row for each cell', () => {
  const { answer, blocks } = comparisonPage(numbers, 'pings')
  expect(answer).toMatch(/^T = 45 s: K = 30 s was never cut/)
  const [map] = blocks.flatMap(block => (block.is === 'maps' ? [block.maps] : []))
  expect(map?.title).toBe('PINGREQ per hour')
  expect(map?.maps.map(({ title }) => title)).toEqual(['mqttjs', 'esp-mqtt (model)'])
  expect(map?.maps.flatMap(({ tiles }) => tiles)).toHaveLength(numbers.results.length)
  expect(map?.maps[0]?.lines.map(({ label }) => label)).toEqual(['K = T', 'K = 2/3 T'])
  const [cells] = blocks.flatMap(block => (block.is === 'table' ? [block.table] : []))
  expect(cells?.rows).toHaveLength(numbers.results.length)
  expect(cells?.rows.every(row => row.length === cells.columns.length)).toBe(true)
})

test('a page of peers shows ranges in keep-alives, with what they are compared with', () => {
  const [spans] = comparisonPage(table, undefined).blocks.flatMap(block => (block.is === 'spans' ? [block.spans] : []))
  expect(spans?.rows.map(({ marks }) => marks.map(({ kind }) => kind))).toEqual(
    table.results.map(({ client, broker }) => [
      ...(client.noticed ? ['client'] : []),
      ...(broker.noticed ? ['broker'] : []),
    ]),
  )
  expect(spans?.lines.map(({ label }) => label)).toEqual(['1K', '1.5K', '2K'])
})

/** The same cells with a figure of its own for each metric. */
const known = ({ results }: Comparison): Comparison['results'] =>
  results.map((result, index) => ({
    ...result,
    flapsPerHour: 11,
    // Who is first alternates.
    client: { told: 0, noticed: { count: 2, minMs: 1000, medianMs: 2000, maxMs: index % 2 ? 22_000 : 33_000 } },
    broker: { told: 0, noticed: { count: 2, minMs: 1000, medianMs: 2000, maxMs: index % 2 ? 44_000 : 22_000 } },
    pingsPerHour: 55,
    messages: { sent: 50, lost: 22, late: 0 },
  }))

test.each([
  ['flaps', 'connections lost per hour (an hour)', ['11', '11']],
  ['unnoticed', 'longest time until somebody notices the cut (s)', ['22', '22']],
  ['client', 'longest time until the client notices the cut (s)', ['33', '22']],
  ['broker', 'longest time until the broker notices the cut (s)', ['22', '44']],
  ['pings', 'PINGREQ per hour (an hour)', ['55', '55']],
  ['lost', 'messages lost, of a hundred (%)', ['44', '44']],
])('the metric %s is shown with its title and its figures', (metric, legend, figures) => {
  const lines = comparisonText({ ...numbers, results: known(numbers) }, metric).split('\n')
  expect(lines).toContain(legend)
  const cells = lines.flatMap(line => /^ *\d+ \|(.*)$/.exec(line)?.[1]?.trim().split(/ +/) ?? [])
  expect(cells.sort()).toEqual(numbers.results.map((_, index) => figures[index % 2]).sort())
})

test('progress tells rate and time left', () => {
  expect(progressLine(3200, 14_400, 5000)).toBe('3200 of 14400 cells after 5 s, 640 a second, 18 s left')
  expect(progressLine(1, 400, 10_000)).toBe('1 of 400 cells after 10 s, 0.1 a second, 1 h 06 min left')
  expect(progressLine(0, 10, 0)).toBe('0 of 10 cells after 0 s')
})

test('each colour is darker than the one before, so that a map reads in black and white', () => {
  const luminance = (hex: string) =>
    [0.2126, 0.7152, 0.0722].reduce(
      (sum, part, i) => sum + part * Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16),
      0,
    )
  const shades = [NONE_FILL, ...STEPS].map(luminance)
  for (const [i, shade] of shades.slice(1).entries()) expect((shades[i] ?? 0) - shade).toBeGreaterThan(15)
})
