import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Baseline, expectedBaseline, readBaseline } from '../../../src/commands/ratios/baseline.ts'
import { driftsOf } from '../../../src/commands/ratios/ratio-drift.ts'
import type { RatioTable } from '../../../src/commands/ratios/ratio-table.ts'
import { driftText } from '../../../src/commands/ratios/sections.ts'
import type { RatioRow } from '../../../src/figures/peer-row.ts'
import type { RatioFit } from '../../../src/model/peer-figures.ts'
import { tableOf } from '../../figures/world.ts'

const table = tableOf({
  clients: { mqttjs: K => 1.5 * K, old: (K, traffic) => (traffic === 'idle' ? 2 * K : undefined) },
  brokers: { aedes: { k: 1.5, ms: 1 }, mosquitto: { k: 1.5, looksEveryMs: 6000 } },
})
const saved = readBaseline(JSON.stringify(table)) as Baseline

type Compared = Pick<RatioTable, 'peers' | 'settings'>
const { settings } = table

const changed = (name: string, change: (row: RatioRow) => Partial<RatioRow>): Compared => ({
  settings,
  peers: table.peers.map(row => (row.name === name ? { ...row, ...change(row) } : row)),
})
/** A line known to the last digit. */
const line = (k: number, ms: number, within = 0): RatioFit => ({
  k,
  ms,
  spreadMs: 0,
  withinK: within,
  withinMs: 1000 * within,
})
const figures = (other: Compared, baseline = saved) =>
  driftsOf(other, baseline).drifts.map(({ peer, figure }) => `${peer} ${figure}`)

test('a table agrees with itself, saved and read again', () => {
  const report = driftsOf(table, saved)
  expect(report).toMatchObject({ drifts: [], unmeasured: [], versions: [], missing: [], added: [] })
  expect(report.compared).toBeGreaterThan(15)
})

test.each<[string, string, (row: RatioRow) => Partial<RatioRow>, string]>([
  ['a factor', 'mqttjs', () => ({ afterAnswer: line(1.53, 2) }), 'gives up after the last answer'],
  ['an offset', 'mqttjs', () => ({ afterAnswer: line(1.5, 400) }), 'gives up after the last answer'],
  ['a ping rule', 'mqttjs', () => ({ ping: line(0.5, 0) }), 'pings every'],
  ['a granularity', 'mosquitto', () => ({ granularityMs: 5000 }), 'or up to later'],
  ["a broker's factor", 'aedes', () => ({ afterLastPacket: line(1.45, 0) }), 'closes after the last packet'],
  ['false alarms', 'mqttjs', () => ({ falseAlarms: { runs: 400, lost: 5 } }), 'connections lost while healthy'],
  ['what the application is told', 'mqttjs', () => ({ told: 'closed' }), 'tells its application'],
  ['giving up while publishing', 'old', () => ({ whilePublishing: line(2, 0) }), 'gives up while publishing after'],
])('%s that drifted is found', (_, name, change, figure) => {
  const version = name === 'aedes' || name === 'mosquitto' ? '2.0.0' : '1.0.0'
  expect(figures(changed(name, change))).toEqual([`${name} ${version} ${figure}`])
})

test('a peer that no longer notices at all has drifted, and so has one that does now', () => {
  const without = ({ afterAnswer: _, afterLastPacket: __, ...row }: RatioRow): RatioRow => ({ ...row, never: true })
  const deaf = (name: string) => ({
    settings,
    peers: table.peers.map(row => (row.name === name ? without(row) : row)),
  })
  const report = driftsOf(deaf('mqttjs'), saved)
  expect(report.drifts).toEqual([
    { peer: 'mqttjs 1.0.0', figure: 'gives up after the last answer', expected: '1.50K', measured: 'never' },
  ])
  expect(figures(deaf('aedes'))).toEqual(['aedes 2.0.0 closes after the last packet'])
  const savedDeaf = readBaseline(JSON.stringify({ ...table, ...deaf('aedes') })) as Baseline
  expect(figures(deaf('aedes'), savedDeaf)).toEqual([])
  expect(figures(table, savedDeaf)).toEqual(['aedes 2.0.0 closes after the last packet'])
})

test('what lies within the tolerance is no drift, and a narrower one finds it', () => {
  const near = changed('mqttjs', () => ({ afterAnswer: line(1.515, 250) }))
  expect(figures(near)).toEqual([])
  expect(driftsOf(near, saved, { k: 0.01, ms: 300 }).drifts).toHaveLength(1)
  expect(driftsOf(near, saved, { k: 0.02, ms: 200 }).drifts).toHaveLength(1)
})

test('a drift is called only where nothing within the margins would undo it', () => {
  const at = (k: number, within: number) => {
    const { drifts, unmeasured } = driftsOf(
      changed('mqttjs', () => ({ afterAnswer: line(k, 0, within) })),
      saved,
    )
    return [drifts.length, unmeasured.map(({ measured }) => measured)]
  }
  expect(at(1.515, 0.015)).toEqual([0, []])
  expect(at(1.525, 0.01)).toEqual([0, ['1.53K ±0.02']])
  expect(at(1.535, 0.01)).toEqual([1, []])
  const late = (granularityMs: number, granularityWithinMs: number) => {
    const report = driftsOf(
      changed('mosquitto', () => ({ granularityMs, granularityWithinMs })),
      saved,
    )
    return [report.drifts.length, report.unmeasured.length]
  }
  expect([late(6100, 250), late(6400, 250), late(7000, 250)]).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ])
})

test('what the baseline itself doubts is no agreement either', () => {
  const doubts = ['after the last answer: too few runs that count', 'while publishing: too few runs that count']
  const peers = saved.peers.map(row =>
    row.name === 'mqttjs' ? (({ afterAnswer: _, whilePublishing: __, ...rest }) => ({ ...rest, doubts }))(row) : row,
  )
  const doubted = { ...saved, peers }
  expect(driftsOf({ settings, peers: table.peers }, doubted).unmeasured).toEqual([
    { peer: 'mqttjs 1.0.0', figure: 'after the last answer', expected: '?', measured: 'known' },
    { peer: 'mqttjs 1.0.0', figure: 'while publishing', expected: '?', measured: 'known' },
  ])
  const idle = { settings: { ...settings, traffics: ['idle' as const] }, peers: table.peers }
  expect(driftsOf(idle, doubted).unmeasured).toHaveLength(1)
})

test('one lost connection in a hundred is put down to the machine', () => {
  expect(figures(changed('mqttjs', () => ({ falseAlarms: { runs: 400, lost: 4 } })))).toEqual([])
  expect(figures(changed('mqttjs', () => ({ falseAlarms: { runs: 99, lost: 1 } })))).toHaveLength(1)
})

test('a figure that could not be measured is no agreement, and no drift', () => {
  const { peers } = changed('mosquitto', ({ granularityMs: _, ...row }) => row)
  const without = peers.map(row => (row.name === 'mosquitto' ? (({ granularityMs: _, ...rest }) => rest)(row) : row))
  const report = driftsOf({ settings, peers: without }, saved)
  expect([report.drifts, report.unmeasured.map(({ figure }) => figure)]).toEqual([[], ['or up to later']])
})

test('a figure of traffic that was not asked for is not missing', () => {
  const unpublished = table.peers.map(({ whilePublishing: _, ...row }) => row)
  expect(driftsOf({ settings, peers: unpublished }, saved).unmeasured.length).toBeGreaterThan(0)
  const idle = { ...settings, traffics: ['idle' as const] }
  expect(driftsOf({ settings: idle, peers: unpublished }, saved).unmeasured).toEqual([])
})

test('peers in only one of the two are named, and another version is told but compared', () => {
  const peers = [
    ...table.peers.filter(({ name }) => name !== 'old').map(row => ({ ...row, version: '9.9.9' })),
    { ...(table.peers[0] as RatioRow), name: 'new' },
  ]
  const report = driftsOf({ settings, peers }, saved)
  expect(report).toMatchObject({ drifts: [], missing: ['the client old'], added: ['the client new 1.0.0'] })
  expect(report.versions).toContain('mqttjs: 9.9.9, the baseline has 1.0.0')
})

test('in words, at most 80 columns wide', () => {
  const text = driftText(
    driftsOf(
      changed('mosquitto', () => ({ granularityMs: 5000 })),
      saved,
    ),
    'saved.json',
  )
  expect(text).toMatch(/^Against saved.json: 1 figure of \d+ drifted \(tolerance 0.02 in factors/)
  expect(text.replace(/\s+/g, ' ')).toMatch(
    /DRIFT mosquitto 2.0.0 or up to later 5 s[^;]*; the baseline says (6(\.0\d)?|5\.9\d?) s ±/,
  )
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
})

describe('what the sources say', () => {
  const expected = expectedBaseline()
  const as = (name: string, version: string, role: RatioRow['role'], change: Partial<RatioRow> = {}): RatioRow => {
    const found = table.peers.find(row => row.role === role && (role === 'client' || row.name === 'mosquitto'))
    if (!found) throw new Error('no row')
    return { ...found, name, version, serverKeepAlive: 'honoured', ...change }
  }
  const drifts = (row: RatioRow) => driftsOf({ settings, peers: [row] }, expected).drifts.map(({ figure }) => figure)

  test('stands in peers/expected.json, as node build/cli/write-expected.js writes it', () => {
    const file = readFileSync(join(import.meta.dirname, '../../../peers/expected.json'), 'utf8')
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(expected)))
    expect(readBaseline(file)).toEqual(expected)
  })

  test('holds for MQTT.js 5.16 and Mosquitto 2.0.11, and not for what is a tenth off', () => {
    expect(drifts(as('mqttjs', '5.16.0', 'client'))).toEqual([])
    expect(drifts(as('mosquitto', '2.0.11', 'broker'))).toEqual([])
    expect(drifts(as('mqttjs', '5.16.0', 'client', { afterAnswer: line(1.6, 0) }))).toHaveLength(1)
    expect(drifts(as('mosquitto', '2.0.22', 'broker'))).toEqual(['or up to later'])
  })

  test('MQTT.js 4 is the family of the kind called mqttjs-4, and never gives up while it publishes', () => {
    const old = { afterAnswer: line(2, 5), whilePublishing: 'never' } as const
    expect(drifts(as('mqttjs-4', '4.3.8', 'client', old))).toEqual([])
    expect(drifts(as('mqttjs-4', '4.3.8', 'client', { afterAnswer: old.afterAnswer }))).toEqual([
      'gives up while publishing after',
    ])
  })

  test('Paho Python keeps to a Server Keep Alive since 2.2.0, and not before', () => {
    const paho = (version: string, serverKeepAlive: 'honoured' | 'ignored') =>
      drifts(as('paho-python', version, 'client', { afterAnswer: line(2, 10), serverKeepAlive }))
    expect([paho('2.1.0', 'ignored'), paho('2.2.0', 'honoured')]).toEqual([[], []])
    expect([paho('2.1.0', 'honoured'), paho('2.2.0', 'ignored')]).toEqual([
      ['Server Keep Alive is'],
      ['Server Keep Alive is'],
    ])
  })

  test('a client with a granularity is held to a band: Paho Go, K + 10 s and up to two ticks', () => {
    const point = {
      ...(table.peers[0] as RatioRow).points[0],
      traffic: 'idle',
      keepaliveS: 4,
    } as RatioRow['points'][number]
    const go = (medianMs: number) =>
      as('paho-go', '1.5.1', 'client', { keepalivesS: [2, 4], points: [{ ...point, medianMs }] })
    expect(drifts(go(16_000))).toEqual([])
    expect(drifts(go(14_000))).toEqual([])
    expect(drifts(go(17_000))).toEqual(['gives up after the last answer'])
    expect(drifts(go(12_000))).toEqual(['gives up after the last answer'])
  })
})

test.each(['{', '{}', '[1]', '{"ratios":2,"peers":[]}'])('%s is no baseline', text => {
  expect(readBaseline(text)).toEqual(expect.stringMatching(/^no /))
})
