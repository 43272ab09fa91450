import { expect, test } from 'vitest'
import { csvText } from '../../src/ratio/csv.ts'
import { markdownText } from '../../src/ratio/markdown.ts'
import { pageText } from '../../src/ratio/page.ts'
import { ratiosText } from '../../src/ratio/text.ts'
import { lineText, timeText } from '../../src/ratio/words.ts'
import { tableOf } from './world.ts'

const table = tableOf({
  clients: {
    mqttjs: K => 1.5 * K,
    'mqttjs-4': (K, traffic) => (traffic === 'idle' ? 2 * K : undefined),
    'paho-go': K => 1.25 * K + 10_500,
    hivemq: K => 2 * K - 200,
    deaf: () => undefined,
  },
  brokers: { aedes: { k: 1.5, ms: 1 }, mosquitto: { k: 1.5, looksEveryMs: 6000 } },
  change: (sample, { client }) =>
    client.name === 'hivemq' && sample.told ? { ...sample, told: 'closed <b>timeout | *while* waiting</b>' } : sample,
})
const golden = (name: string) => `../golden/ratio/${name}`
const widest = (text: string) => Math.max(...text.split('\n').map(line => line.length))

test('a terminal gets it within 80 columns', async () => {
  const text = ratiosText(table, true)
  await expect(text).toMatchFileSnapshot(golden('table.txt'))
  expect(widest(text)).toBeLessThanOrEqual(80)
  expect(ratiosText(table, false)).not.toContain('Pairs')
})

test('Markdown has every section, and what a library says is no markup', async () => {
  const text = markdownText(table)
  await expect(text).toMatchFileSnapshot(golden('table.md'))
  expect(text).not.toContain('<b>')
})

test('CSV has a line for each peer, keep-alive and traffic, and empty fields for what was not measured', async () => {
  const text = csvText(table)
  await expect(text).toMatchFileSnapshot(golden('table.csv'))
  expect(text.split('\n')[0]).toMatch(/^role,peer,version,factor_k,offset_ms/)
  expect(text).toMatch(/^client,deaf,1.0.0,,,,/m)
})

test('a page has a plot for clients and one for brokers, and escapes what it quotes', () => {
  const text = pageText(table)
  expect(text.match(/<svg xmlns/g)?.length).toBeGreaterThanOrEqual(2)
  expect(text).toContain('closes after the last packet (s)')
  expect(text).not.toContain('<b>')
  expect(text).not.toContain('undefined')
  expect(text).not.toContain('NaN')
})

test('a partial table says so first', () => {
  expect(ratiosText({ ...table, partial: true }, false)).toMatch(/^PARTIAL: lab local/)
})

test('an empty table can be told in every form', () => {
  const empty = { ...table, peers: [], pairs: [], leftOut: [], partial: true }
  for (const text of [ratiosText(empty, true), markdownText(empty), pageText(empty)]) expect(text).toMatch(/PARTIAL/)
})

test.each([
  [{ k: 1.5, ms: 3 }, '1.50K'],
  [{ k: 1.5, ms: 35.4 }, '1.50K + 35 ms'],
  [{ k: 2, ms: -200 }, '2.00K - 0.2 s'],
  [{ k: 1, ms: 10_012 }, '1.00K + 10 s'],
])('the line %j reads %s', (line, text) => expect(lineText(line)).toBe(text))

test.each([
  [94, '94 ms'],
  [96, '0.1 s'],
  [5987, '5.99 s'],
  [39_000, '39 s'],
])('%d ms read %s', (ms, text) => {
  expect(timeText(ms)).toBe(text)
})
