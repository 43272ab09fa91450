/**
 * A laptop's lid, Ctrl-Z, a paused virtual machine: whatever scenario, whatever moment, whoever stands still for ten seconds and goes on,
 * no peer fails for it. Every bundled scenario that can be simulated is played, and its evidence is changed to what is seen then.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { simulated } from '../../src/labs/simulated.ts'
import { resolveDuration } from '../../src/model/duration.ts'
import type { Event, Runner } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'
import { bare } from '../sim/play.ts'

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`standstills: HALFOPEN_FUZZ_SEED=${seed}`)

const LONG_MS = 120_000
const STOOD_MS = 10_000
const PARTIES: readonly Runner[] = ['link', 'client', 'broker', 'witness', 'harness']

interface Standstill {
  /** Where in the run it begins, from 0 to 1. */
  readonly part: number
  readonly who: 'all' | 'all but programs' | Runner
  /** What becomes of the connection: it goes on, or the other side takes the silent one for dead. */
  readonly fate: 'goes on' | 'is lost'
}

/** Whose loop tells that it stood still: a program of its own (Mosquitto, a device) tells nothing. */
const tellersOf = (who: Standstill['who']): readonly Runner[] => {
  if (who === 'all') return PARTIES
  return who === 'all but programs' ? ['link', 'witness', 'harness'] : [who]
}
const stands = (who: Standstill['who'], event: Event): boolean => who.startsWith('all') || event.who === who

/** What a run looks like in which somebody stood still: what was due meanwhile comes at its end, at once and in its order. */
function withStandstill({ header, events: all }: Evidence, { part, who, fate }: Standstill): Evidence {
  const before = [...all]
  const endMs = before.at(-1)?.atMs ?? 0
  const fromMs = part * endMs
  const toMs = fromMs + STOOD_MS
  const isMeanwhile = ({ atMs }: Event) => atMs > fromMs && atMs < toMs
  const late = (event: Event): Event =>
    isMeanwhile(event) && stands(who, event) ? { ...event, atMs: toMs + (event.atMs - fromMs) / 1000 } : event
  const moved = before.map(late).filter(({ what }) => what !== 'ended')
  // A standstill that is on when the run is due to end is cut there.
  const toldMs = Math.min(toMs, endMs)
  const told = tellersOf(who).map(
    (of): Event => ({ atMs: toldMs, who: 'harness', what: 'stalled', of, forMs: toldMs - fromMs }),
  )
  // Without a keep-alive no side takes the other for dead, nor where ten seconds are little beside it.
  const { keepaliveS } = header.scenario.client
  const isLost = fate === 'is lost' && keepaliveS > 0 && STOOD_MS > keepaliveS * 250
  const played = isLost ? lost(moved, fromMs, toMs, header.scenario.client.keepaliveS * 1000, who) : moved
  const events = [...played, ...told].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)
  return { header, events: [...events, { atMs: endMs, who: 'harness', what: 'ended' }] }
}

/** Every connection that was open ends, by the side that waited for the other, and nothing comes after. */
function lost(events: readonly Event[], fromMs: number, toMs: number, keepaliveMs: number, who: Standstill['who']) {
  const ended = new Set(
    events.flatMap(e => ((e.what === 'fin' || e.what === 'rst') && e.atMs <= fromMs ? [e.conn] : [])),
  )
  const opened = new Set(events.flatMap(e => (e.what === 'open' && e.atMs <= fromMs ? [e.conn] : [])))
  const open = [...opened].filter((conn): conn is number => conn !== undefined && !ended.has(conn))
  const from = who === 'broker' ? 'client' : 'broker'
  // A peer that runs notices after one and a half keep-alives; one that stood still as soon as it goes on.
  const noticedMs = who === 'client' && keepaliveMs > 0 ? Math.min(toMs, fromMs + 1.5 * keepaliveMs) : toMs
  const ends = open.flatMap((conn): Event[] => [
    { atMs: noticedMs + 1, who: 'link', what: 'fin', edge: from, from, conn },
    { atMs: noticedMs + 1, who: 'link', what: 'fin', edge: from === 'client' ? 'broker' : 'client', from, conn },
  ])
  const isOfThem = ({ conn, atMs }: Event) => conn !== undefined && open.includes(conn) && atMs > noticedMs
  return [...events.filter(event => !isOfThem(event)), ...ends]
}

const loaded = await loadScenarios(['scenarios'], vocabulary, { cwd: join(import.meta.dirname, '../..') })
const lab = simulated.create(bare)
const played: Evidence[] = []

beforeAll(async () => {
  for (const scenario of loaded.scenarios) {
    const isLong = resolveDuration(scenario.until, scenario.client.keepaliveS * 1000) > LONG_MS
    if ((isLong && !process.env.HALFOPEN_SLOW) || scenario.client.count > 20) continue
    if (!bare.clients.has(scenario.client.name) || !bare.brokers.has(scenario.broker.name)) continue
    if ((await lab.admits(scenario)) !== true) continue
    played.push(await run(scenario, lab, faults, { seed: 1, runId: 's1' }))
  }
}, 600_000)

const part = fc.integer({ min: 0, max: 1000 }).map(thousandths => thousandths / 1000)
const standstill: fc.Arbitrary<Standstill> = fc.oneof(
  fc.record({
    part,
    who: fc.constantFrom('all' as const, 'all but programs' as const, ...PARTIES),
    fate: fc.constant('goes on' as const),
  }),
  // Who plays the timeline and who watches breaks no connection.
  fc.record({
    part,
    who: fc.constantFrom(
      'all' as const,
      'all but programs' as const,
      'link' as const,
      'client' as const,
      'broker' as const,
    ),
    fate: fc.constant('is lost' as const),
  }),
)

describe('ten seconds in which somebody stands still', () => {
  test('are put into most of the bundled scenarios, which pass without them', () => {
    expect(loaded.problems).toEqual([])
    expect(played.length).toBeGreaterThan(30)
    expect(played.filter(evidence => judge(evidence, checks).result === 'fail')).toEqual([])
  })

  test('fail nobody, whatever scenario and whatever moment', { timeout: 600_000 }, () => {
    const wrong: string[] = []
    const each = fc.sample(standstill, { seed, numRuns: process.env.HALFOPEN_SLOW ? 400 : 25 })
    for (const evidence of played) {
      for (const given of each) {
        const { result, outcomes, troubles } = judge(withStandstill(evidence, given), checks)
        if (result !== 'fail') continue
        const failed = outcomes.find(outcome => outcome.result === 'fail')
        wrong.push(
          `${evidence.header.scenario.position.file} ${JSON.stringify(given)}: ${failed?.check} ${failed?.reason ?? troubles.join()}`,
        )
      }
    }
    expect(wrong).toEqual([])
  })

  test('are no excuse where the judge is not told of them', () => {
    const silenced = (evidence: Evidence): Evidence => {
      const changed = withStandstill(evidence, { part: 0.5, who: 'all', fate: 'is lost' })
      return { ...changed, events: changed.events.filter(({ what }) => what !== 'stalled') }
    }
    expect(played.some(evidence => judge(silenced(evidence), checks).result === 'fail')).toBe(true)
  })
})
