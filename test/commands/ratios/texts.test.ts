import { describe, expect, test } from 'vitest'
import { ratioPage } from '../../../src/commands/ratios/ratio-page.ts'
import type { RatioTable } from '../../../src/commands/ratios/ratio-table.ts'
import { csvText, markdownText, ratiosText } from '../../../src/commands/ratios/ratio-text.ts'
import { lineText, timeText, timeWithin } from '../../../src/figures/ratio-words.ts'
import { tableOf, type World } from '../../figures/world.ts'

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
const golden = (name: string) => `../../golden/ratio/${name}`
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
  expect(text.split('\n')[0]).toMatch(/^role,peer,version,factor_k,factor_within_k,offset_ms,offset_within_ms,/)
  expect(text).toMatch(/^client,deaf,1.0.0,,,,/m)
})

/** All that the page says, from its data. */
const pageText = (of: RatioTable): string => JSON.stringify(ratioPage(of))

test('a page has a picture for clients and one for brokers, and ranges within its lines', () => {
  const pictures = ratioPage(table).blocks.flatMap(block => (block.is === 'points' ? [block.points] : []))
  expect(pictures.map(({ yLabel }) => yLabel)).toEqual([
    'gives up after the last answer (s)',
    'closes after the last packet (s)',
  ])
  for (const { points } of pictures.flatMap(({ series }) => series))
    for (const { least, y, greatest } of points) expect(least <= y && y <= greatest).toBe(true)
  expect(ratioPage(table).answer).toMatch(
    /^4 clients give up 1\.\d+K to 2\.00K after the last answer, 1 never; 2 brokers close/,
  )
  expect(pageText(table)).not.toMatch(/undefined|NaN/)
})

/** Each kind of figure that is not told: doubted for the machine's sake, and one that the peer itself does not keep to. */
function doubtful(): RatioTable {
  let n = 0
  const stalled = { stalled: 'the client stood still for 300 ms' }
  const change: World['change'] = (sample, { client, broker, keepaliveS, kind }) => ({
    ...sample,
    ...(client.name === 'held-up' && kind === 'cut' ? { client: stalled } : {}),
    ...(client.name === 'held-up' ? { gaps: [stalled] } : {}),
    ...(broker.name === 'starved' && keepaliveS === 4
      ? { broker: { stalled: 'the broker stood still for 2.00 s' } }
      : {}),
  })
  return tableOf({
    clients: { 'held-up': K => 1.5 * K, 'ticking-client-1': K => K + 10_000 + (++n % 2) * (K / 2) },
    brokers: { starved: { k: 1.5 }, few: { k: 1.5, looksEveryMs: 6000 } },
    grid: { brokerSamples: 12 },
    change,
  })
}

describe('a figure that is doubted is `?` with its reason, and never a figure,', () => {
  const table = doubtful()
  const forms = {
    terminal: ratiosText(table, true),
    Markdown: markdownText(table),
    page: pageText(table),
    CSV: csvText(table),
    JSON: JSON.stringify(table),
  }
  const reasons = [
    'the client stood still for 300 ms',
    'no line holds its detections',
    'the broker stood still for 2.00 s',
    'is no better known',
  ]
  test.each(Object.entries(forms))('in the %s', (_, text) => {
    const flat = text.replace(/\s+/g, ' ')
    for (const reason of reasons) expect(flat).toContain(reason)
    expect(flat).not.toMatch(/undefined|NaN/)
  })

  test('each in its own cell', () => {
    const rows = (form: string, name: string) => form.split('\n').filter(line => line.startsWith(name))[0] ?? ''
    expect(rows(forms.terminal, 'held-up').trim().split(/ {2,}/)).toEqual(['held-up', '?', '?', '?', '?', '-', '0/88'])
    expect(rows(forms.terminal, 'ticking-client-1').trim().split(/ +/).slice(0, 5)).toEqual([
      'ticking-client-1',
      'varies',
      'varies',
      '1.00K',
      'varies',
    ])
    expect(rows(forms.terminal, 'starved').trim().split(/ +/).slice(0, 3)).toEqual(['starved', '?', '?'])
    expect(rows(forms.Markdown, '| held-up')).toMatch(/^\| held-up 1.0.0 \| \? \| \? \| \? \| \? \|/)
    expect(rows(forms.CSV, 'client,held-up')).toMatch(/^client,held-up,1.0.0,\?,,,,,,,,\?,,,,\?,,,,/)
    expect(rows(forms.CSV, 'client,ticking')).toMatch(/^client,ticking-client-1,1.0.0,varies,/)
    expect(rows(forms.CSV, 'broker,few')).toMatch(/^broker,few,2.0.0,\?,,,,,\?,,/)
    expect(forms.page).toMatch(/"held-up \?".*"ticking-client-1 varies"/s)
    expect(forms.page).toMatch(/"starved \?".*"few \?"/s)
  })

  test('in a terminal still within 80 columns, margins and all', () => {
    expect(widest(forms.terminal)).toBeLessThanOrEqual(80)
    const [row, ...rest] = table.peers
    const vague = { k: 1.254, ms: 10_500, withinK: 0.02, withinMs: 300, spreadMs: 1234 }
    const wide = { ...row, name: 'fifteen-letters', afterAnswer: vague, ping: vague, whilePublishing: vague }
    const text = ratiosText({ ...table, peers: [wide as (typeof table.peers)[number], ...rest] }, false)
    expect(text).toMatch(/±0.03K .*\n.*±0.3s /)
    expect(widest(text)).toBeLessThanOrEqual(80)
  })
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
  // A margin is shown where it is more than one of the last digit, rounding included.
  [{ k: 1.502, ms: 3, withinK: 0.008, withinMs: 40 }, '1.50K'],
  [{ k: 1.504, ms: 3, withinK: 0.008, withinMs: 40 }, '1.50K ±0.02'],
  [{ k: 1.5, ms: 372, withinK: 0.01, withinMs: 45 }, '1.50K + 0.37 s ±0.05 s'],
  [{ k: 1.5, ms: 372, withinK: 0, withinMs: 8 }, '1.50K + 0.37 s'],
  [{ k: 1.5, ms: -18, withinK: 0.02, withinMs: 142 }, '1.50K ±0.02 - 0.02 s ±0.15 s'],
  [{ k: 1, ms: -2, withinK: 0, withinMs: 110 }, '1.00K + 0 s ±0.12 s'],
  [{ k: 1.5, ms: 30, withinK: 0, withinMs: 4 }, '1.50K + 30 ms ±4 ms'],
  [{ k: 1, ms: 10_012, withinK: 0, withinMs: 130 }, '1.00K + 10 s ±0.2 s'],
  // An offset that is not shown is below 50 ms.
  [{ k: 1.5, ms: 3, withinK: 0, withinMs: 48 }, '1.50K + 3 ms ±48 ms'],
])('the line %j reads %s', (line, text) => expect(lineText(line)).toBe(text))

test.each([
  [5980, 120, '5.98 s ±0.12 s'],
  [2, 0.4, '2 ms'],
  [2, 5, '2 ms ±5 ms'],
  [40, 150, '0.04 s ±0.15 s'],
])('%d ms known to %d ms read %s', (ms, withinMs, text) => expect(timeWithin(ms, withinMs)).toBe(text))

test.each([
  [94, '94 ms'],
  [96, '0.1 s'],
  [5987, '5.99 s'],
  [39_000, '39 s'],
])('%d ms read %s', (ms, text) => {
  expect(timeText(ms)).toBe(text)
})
