import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { joinShards, type ShardEvidence, skewOf } from '../../src/evidence/join-shards.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { crowdOf } from '../../src/judge/crowd.ts'
import { judge } from '../../src/judge/judge.ts'
import type { CrowdCounts } from '../../src/model/crowd-counts.ts'
import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { numberInWhole, shareOfFleet, wholeFleet } from '../../src/model/fleet-share.ts'
import { play, sketch } from '../sim/play.ts'

const HERE = { file: 'test', line: 1, column: 1 }
const CHECKS = ['storm', 'wills-published', 'broker-drops-client', 'client-gives-up', 'reconnects']

/** Thirty devices in virtual time, cut together; 16 of them are recorded. */
let whole: Evidence
beforeAll(async () => {
  const base = sketch({
    keepaliveS: 2,
    untilMs: 30_000,
    client: 'fleet',
    clientOptions: { like: 'paho-python', rate: 1000, reconnect: { first: { ms: 1000, k: 0 }, jitter: 0.5 } },
    count: 30,
    broker: 'mosquitto',
    troubles: [{ atMs: 3000, forMs: 12_000, fault: 'blackhole' }],
  })
  const expectations = CHECKS.map(check => ({ check, params: {}, position: HERE }))
  const { header, events } = await play({ ...base, client: { ...base.client, recorded: 16 }, expect: expectations })
  whole = { header, events: events.map(event => ({ ...event, atMs: Number(event.atMs.toFixed(3)) })) }
})

const ORDERS = ['fault-asked', 'fault-held', 'fault-lifted', 'ended']

/** What one of `of` machines would have seen, whose time 0 came `byMs` after that of the first; and the whole with its connections numbered so. */
function split(of: number, byMs: readonly number[], errorMs: number | null) {
  const numbers = new Map<number, { readonly own: number; readonly index: number }>()
  const used = Array.from({ length: of }, () => 0)
  for (const { conn, device } of whole.events) {
    if (conn === undefined || device === undefined || numbers.has(conn)) continue
    const index = ((device - 1) % of) + 1
    used[index - 1] = (used[index - 1] ?? 0) + 1
    numbers.set(conn, { own: used[index - 1] ?? 0, index })
  }
  const shards = byMs.map((shiftMs, i): ShardEvidence => {
    const index = i + 1
    const scenario = shareOfFleet(whole.header.scenario, { index, of })
    const { share } = scenario.client
    if (!share) throw new Error('it is no share')
    const events = whole.events.flatMap((event): Event[] => {
      const atMs = Number((event.atMs - shiftMs).toFixed(3))
      if (event.what === 'crowd') return [{ ...event, atMs, crowd: part(event.crowd, index, of) }]
      if (ORDERS.includes(event.what) && event.conn === undefined) return [{ ...event, atMs }]
      const place = event.conn === undefined ? undefined : numbers.get(event.conn)
      const device = event.device ?? 1
      if ((place?.index ?? ((device - 1) % of) + 1) !== index) return []
      return [
        {
          ...event,
          atMs,
          ...(place && { conn: place.own }),
          ...(event.device !== undefined && { device: Math.ceil(event.device / of) }),
        } as Event,
      ]
    })
    const clock = { atMs: 1_800_000_000_000 + shiftMs, errorMs, source: 'a clock' }
    return { share, clock, evidence: { header: { ...whole.header, scenario, clock }, events } }
  })
  const expected = whole.events.map(event => {
    const place = event.conn === undefined ? undefined : numbers.get(event.conn)
    return place ? { ...event, conn: numberInWhole(place.own, { index: place.index, of }) } : event
  })
  return { shards, expected: { header: whole.header, events: expected } as Evidence }
}

/** Of each count what falls to this shard: every of-th. */
function part({ counts, clientNoticed = [], brokerNoticed = [], ...rest }: CrowdCounts, index: number, of: number) {
  const own = (n: number) => Math.floor(n / of) + (n % of >= index ? 1 : 0)
  const spread = (all: readonly number[]) => all.map((n, i) => (i % 2 === 0 ? n : own(n)))
  return {
    ...rest,
    devices: own(rest.devices),
    counts: Object.fromEntries(Object.entries(counts).map(([name, steps]) => [name, steps.map(own)])),
    clientNoticed: spread(clientNoticed),
    brokerNoticed: spread(brokerNoticed),
  } as CrowdCounts
}

const told = (evidence: Evidence) => {
  const { outcomes, result, troubles, notes } = judge(evidence, checks)
  return { outcomes, result, troubles, notes }
}

test('the shards of a fleet are judged as one run would have been, to the last figure, however far apart they began', () => {
  expect(told(whole).result).toBe('pass')
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 5 })
        .chain(of => fc.array(fc.integer({ min: -20, max: 20 }), { minLength: of, maxLength: of })),
      hundreds => {
        const byMs = hundreds.map((n, i) => (i === 0 ? 0 : n * 100))
        const { shards, expected } = split(byMs.length, byMs, null)
        const joined = joinShards(shards)
        expect(joined.header.scenario).toEqual(whole.header.scenario)
        expect(crowdOf(joined)).toEqual(crowdOf(expected))
        expect(told(joined)).toEqual(told(expected))
      },
    ),
    { numRuns: 20 },
  )
})

test('what the clocks leave open widens every date of another machine, and a window that is narrower is inconclusive', () => {
  const known = joinShards(split(2, [0, 40], 2).shards)
  const second = known.events.filter(({ device }) => device === 2)
  expect(second.length).toBeGreaterThan(0)
  expect(second.every(({ lateMs = 0 }) => lateMs >= 8 && lateMs < 12)).toBe(true)
  expect(known.events.filter(({ device }) => device === 1).every(({ lateMs }) => lateMs === undefined)).toBe(true)
  expect(told(known).result).toBe('pass')
  const unsure = told(joinShards(split(2, [0, 40], 4000).shards))
  expect(unsure.result).toBe('inconclusive')
  expect(unsure.outcomes.map(({ result }) => result)).not.toContain('fail')
  expect(skewOf(split(3, [0, -40, 70], 2).shards)).toMatchObject({ skewMs: 110 })
})

test('a fault took hold between the first and the last machine on which it did', () => {
  const { shards } = split(2, [0, 300], 10)
  const held = joinShards(
    shards.map(shard => ({
      ...shard,
      // Each machine cuts by its own time 0.
      evidence: {
        ...shard.evidence,
        events: shard.evidence.events.map(event => (event.what === 'fault-held' ? { ...event, atMs: 3000 } : event)),
      },
    })),
  ).events.filter(({ what }) => what === 'fault-held')
  expect(held).toHaveLength(1)
  expect(held[0]?.atMs).toBeCloseTo(3320.9, 1)
  expect(held[0]?.lateMs).toBeCloseTo(320.9, 1)
})

test('trouble of one machine is trouble of the whole, with its name', () => {
  const { shards } = split(2, [0, 0], null)
  const [first, second] = shards as [ShardEvidence, ShardEvidence]
  const events: Event[] = [{ who: 'harness', what: 'trouble', note: 'no room', atMs: 10 }, ...second.evidence.events]
  const joined = joinShards([first, { ...second, evidence: { ...second.evidence, events } }])
  expect(judge(joined, checks).troubles).toEqual(['the harness had trouble: shard 2 of 2: no room'])
})

test('every device and every connection of a share has a number of its own, and the shares are the whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 16, max: 200 }), (of, count) => {
      const { scenario } = whole.header
      const fleet = { ...scenario, client: { ...scenario.client, count } }
      const numbers = Array.from({ length: of }, (_, i) => {
        const { client } = shareOfFleet(fleet, { index: i + 1, of })
        expect(client.recorded).toBeGreaterThan(0)
        return Array.from({ length: client.count }, (_, k) => numberInWhole(k + 1, { index: i + 1, of }))
      })
      expect(numbers.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
      expect(wholeFleet(shareOfFleet(fleet, { index: 1, of }))).toEqual(fleet)
    }),
  )
})
