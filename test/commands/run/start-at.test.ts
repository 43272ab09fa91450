import { describe, expect, test } from 'vitest'
import { badMoment, momentIn, startTogether } from '../../../src/commands/run/start-at.ts'
import type { Scenario } from '../../../src/model/scenario.ts'
import { builtIn } from '../../../src/plugins.ts'
import { loadScenarioText } from '../../../src/scenario/load.ts'

const NOW_MS = Date.UTC(2026, 10, 28, 12, 0, 0)

test.each([
  ['2026-11-28T18:00:00Z', Date.UTC(2026, 10, 28, 18)],
  ['2026-11-28T18:00Z', Date.UTC(2026, 10, 28, 18)],
  ['2026-11-28T18:00:00.250+02:00', Date.UTC(2026, 10, 28, 16, 0, 0, 250)],
  ['18:00:30Z', Date.UTC(2026, 10, 28, 18, 0, 30)],
  ['@1795888800', 1_795_888_800_000],
  ['@1795888800.5', 1_795_888_800_500],
])('%s is one moment on all machines', (text, ms) => {
  expect(momentIn(text, NOW_MS)).toBe(ms)
})

test.each([
  ['+10s', /^'\+10s' counts from now, which is another moment on each machine; write it like 2026-/],
  ['90s', /counts from now/],
  ['18:00', /does not say its zone/],
  ['2026-11-28T18:00:00', /does not say its zone/],
  ['2026-11-28 18:00:00', /does not say its zone/],
  ['2026-02-31T18:00:00Z', /is no date that exists/],
  ['2026-13-01T18:00:00Z', /is no date that exists/],
  ['25:00:00Z', /is no date that exists/],
  ['soon', /^'soon' is no moment; /],
  ['', /is no moment/],
])('%s is refused with what is allowed', (text, why) => {
  expect(momentIn(text, NOW_MS)).toMatch(why)
})

test.each<[number, RegExp | undefined]>([
  [-2500, /^2026-11-28T11:59:57\.500Z is past: it was 2\.50 s ago$/],
  [-200_000_000, /is past: it was 56 hours ago$/],
  [100_000_000, /is 28 hours ahead; at most 24 hours are waited for$/],
  [24_999, /is in 25\.00 s, and the devices take 25\.00 s to connect: take a later moment, or a higher rate$/],
  [25_000, undefined],
])('a moment in %d ms is judged by what has to happen before', (inMs, why) => {
  const bad = badMoment(NOW_MS + inMs, NOW_MS, 20_000)
  if (why) expect(bad).toMatch(why)
  else expect(bad).toBeUndefined()
})

describe('who can start together', () => {
  const read = (client: string): Scenario => {
    const text = `name: a\nbroker: mosquitto\nclient: ${client}\nexpect: [stays-connected]\nuntil: 20s\n`
    const [scenario] = loadScenarioText(text, 'a.yaml', builtIn.vocabulary).scenarios
    if (!scenario) throw new Error('it does not load')
    return scenario
  }
  const fleet = read('{ name: fleet, like: paho-python, count: 100, keepalive: 2s }')
  const asked = (all: readonly Scenario[], lab = 'local', of = 2, given: object = { startAt: '@9999999999' }) =>
    startTogether(given, all, { index: 1, of }, builtIn, () => lab)

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'several scenarios',
      () => asked([fleet, fleet]),
      /--start-at: one scenario begins then, and 2 scenarios were chosen/,
    ],
    [
      'a single client',
      () => asked([read('{ name: mqttjs, keepalive: 2s }')]),
      /it is for fleets, .* of "a" is mqttjs/,
    ],
    ['virtual time', () => asked([fleet], 'simulated'), /the lab simulated has a time of its own/],
    [
      'more shards than recorded devices',
      () => asked([fleet], 'local', 17),
      /17 shards are too many: .* 16 of 100 are/,
    ],
    ['a moment of tomorrow', () => asked([fleet]), /hours ahead/],
    [
      'a server for nothing',
      () => asked([fleet], 'local', 2, { timeServer: 'a' }),
      /--time-server: it is asked for the moment/,
    ],
    [
      'a server that is no address',
      () => asked([fleet], 'local', 2, { startAt: '@9', timeServer: 'a:b:c' }),
      /--time-server: 'a:b:c' is no address; write it like/,
    ],
  ])('not %s', async (_, starting, why) => {
    await expect(starting()).rejects.toThrow(why)
  })

  test('nobody, where nothing is asked', async () => {
    expect(await asked([fleet], 'local', 2, {})).toBeUndefined()
  })
})
