import { describe, expect, test } from 'vitest'
import type { RatioTable } from '../../src/commands/ratios/ratio-table.ts'
import { asMeasured } from '../../src/figures/measured-peer.ts'
import { brokerRow } from '../../src/figures/peer-rows.ts'
import { planOf } from '../../src/figures/ratio-plan.ts'
import type { PlayedPair } from '../../src/figures/ratio-play.ts'
import { isDetection } from '../../src/figures/sample.ts'
import { assembled, broker, client, GRID, outcomesOf, tableOf, type World } from './world.ts'

const exact = { aedes: { k: 1.5, ms: 1 } }
const row = ({ peers }: RatioTable, name: string) => {
  const found = peers.find(each => each.name === name)
  if (!found) throw new Error(`no row for ${name}`)
  return found
}
const measured = (world: Partial<World>) => tableOf({ clients: { mqttjs: K => 1.5 * K }, brokers: exact, ...world })

test.each([
  [1.5, 0],
  [2, 0],
  [2, -200],
  [2.5, 150],
  [1.5, 10_000],
])('a client that gives up %dK + %d ms after its last answer is measured so', (k, ms) => {
  const { afterAnswer, whilePublishing, ping, spreadMs } = row(measured({ clients: { one: K => k * K + ms } }), 'one')
  expect(afterAnswer?.k).toBeCloseTo(k, 2)
  expect(Math.abs((afterAnswer?.ms ?? Infinity) - ms)).toBeLessThan(20)
  expect(whilePublishing).not.toBe('never')
  expect(ping?.k).toBeCloseTo(1, 2)
  expect(spreadMs).toBeLessThan(10)
})

test('a client of 1.9K is not taken for one of 2K', () => {
  const { afterAnswer } = row(measured({ clients: { one: K => 1.9 * K } }), 'one')
  expect(Math.abs((afterAnswer?.k ?? 2) - 2)).toBeGreaterThan(0.08)
})

test('a few runs that are half a second late do not bend the line, and widen the spread', () => {
  let n = 0
  const late = (K: number) => 2 * K + (++n % 11 === 0 ? 500 : 0)
  const { afterAnswer, spreadMs } = row(measured({ clients: { one: late } }), 'one')
  expect(Math.abs((afterAnswer?.k ?? 0) - 2)).toBeLessThan(0.02)
  expect(spreadMs).toBeGreaterThan(490)
})

test('a client that never gives up while it publishes is said so, with how long it was watched', () => {
  const old = row(measured({ clients: { old: (K, traffic) => (traffic === 'idle' ? 2 * K : undefined) } }), 'old')
  expect([old.whilePublishing, old.doubts]).toEqual(['never', []])
  expect(old.afterAnswer?.k).toBeCloseTo(2, 2)
  expect(old.watchedMs).toBe(39_000)
})

test('a client that gives up only sometimes is neither', () => {
  let n = 0
  const { whilePublishing, doubts } = row(
    measured({ clients: { one: K => (++n % 3 === 0 ? undefined : 2 * K) } }),
    'one',
  )
  expect(whilePublishing).toBeUndefined()
  expect(doubts).toContainEqual(expect.stringMatching(/^while publishing: gave up in \d+ of 16 runs only$/))
})

test('an exact broker has its factor, next to no granularity, and no scan', () => {
  const { afterLastPacket, granularityMs, scanMs } = row(measured({}), 'aedes')
  expect(afterLastPacket?.k).toBeCloseTo(1.5, 3)
  expect(afterLastPacket?.ms).toBeLessThan(10)
  expect(granularityMs).toBeLessThan(20)
  expect(scanMs).toBeUndefined()
})

test.each([1000, 5000, 6000])(
  'a broker that looks every %d ms is measured so: factor, granularity and scan',
  looksEveryMs => {
    const { afterLastPacket, granularityMs, scanMs } = row(
      measured({ brokers: { one: { k: 1.5, looksEveryMs } } }),
      'one',
    )
    expect(Math.abs((afterLastPacket?.k ?? 0) - 1.5)).toBeLessThan(0.02)
    expect(Math.abs(afterLastPacket?.ms ?? Infinity)).toBeLessThan(200)
    expect(Math.abs((granularityMs ?? 0) - looksEveryMs)).toBeLessThan(200)
    expect(Math.abs((scanMs ?? 0) - looksEveryMs)).toBeLessThan(20)
  },
)

test('a broker of 1.6K that looks every 6 s is not taken for one of 1.5K', () => {
  const { afterLastPacket } = row(measured({ brokers: { one: { k: 1.6, looksEveryMs: 6000 } } }), 'one')
  expect(Math.abs((afterLastPacket?.k ?? 0) - 1.6)).toBeLessThan(0.03)
})

test('a broker that rounds its deadline up before it looks, as Artemis does, still has the factor of its source', () => {
  const rounding = { k: 1.5, looksEveryMs: 2000, roundsUpMs: 2000 }
  const { afterLastPacket, granularityMs } = row(measured({ brokers: { artemis: rounding } }), 'artemis')
  expect(Math.abs((afterLastPacket?.k ?? 0) - 1.5)).toBeLessThan(0.02)
  expect(Math.abs((granularityMs ?? 0) - 3000)).toBeLessThan(200)
})

test('a connection that was lost before its cut does not make its client one that never gives up', () => {
  const change: World['change'] = (sample, { kind, phase, keepaliveS }) =>
    kind === 'cut' && keepaliveS === 4 && phase < 0.2
      ? { ...sample, falseAlarm: 'client', client: 'unasked', broker: 'unasked' }
      : sample
  const { afterAnswer, doubts, falseAlarms } = row(measured({ change }), 'mqttjs')
  expect([afterAnswer?.k.toFixed(2), doubts, falseAlarms.lost]).toEqual(['1.50', [], 2])
})

test('too few closings of a broker that looks now and then make no figure, and how to get more is told', () => {
  const brokers = { one: { k: 1.5, looksEveryMs: 6000 } }
  const few = row(measured({ brokers, grid: { brokerSamples: 2, phases: 1, traffics: ['idle'] } }), 'one')
  expect([few.afterLastPacket, few.granularityMs]).toEqual([undefined, undefined])
  const why = 'too few closings that count at each keep-alive; 8 are the least (--broker-samples)'
  expect(few.doubts).toEqual([`after the last packet: ${why}`, `granularity: ${why}`])
  const more = row(measured({ brokers, grid: { brokerSamples: 12, traffics: ['idle'] } }), 'one')
  expect(more.afterLastPacket).toBeUndefined()
  expect(more.doubts).toEqual([
    expect.stringMatching(
      /^after the last packet: 1\.\d\dK ±0\.0\d .* is no better known; a figure takes ±0.02K ±0.3 s/,
    ),
    expect.stringMatching(/^granularity: [56]\.?\d* s ±\d\.\d+ s is no better known; a figure takes ±0.3 s/),
  ])
})

test('without silent clients a broker has a line where it closes on time, varies where it looks now and then, and no granularity', () => {
  const grid = { brokerSamples: 0, traffics: ['idle' as const] }
  const exactly = row(measured({ grid }), 'aedes')
  expect(exactly).toMatchObject({ afterLastPacket: { k: expect.closeTo(1.5, 2) }, doubts: [], varies: [] })
  expect(exactly).not.toHaveProperty('granularityMs')
  const looking = row(measured({ brokers: { one: { k: 1.5, looksEveryMs: 6000 } }, grid }), 'one')
  expect(looking.varies).toEqual([expect.stringMatching(/^after the last packet: no line holds its detections/)])
  // K = 1 s and 2 s: a broker that counts whole seconds closes after 1 s and 3 s.
  const two = row(measured({ grid: { ...grid, keepalivesS: [2, 4], phases: 8 } }), 'aedes')
  expect(two.doubts).toEqual([expect.stringMatching(/^after the last packet: two keep-alives do not tell/)])
})

test('outliers of either side, late or early, make no band of a broker that closes on time', () => {
  const outliers: World['change'] = sample => {
    const { broker } = sample
    if (!isDetection(broker) || ++n % 25 !== 0) return sample
    return { ...sample, broker: { ...broker, afterMs: broker.afterMs + (n % 2 === 0 ? 900 : -700) } }
  }
  let n = 0
  const { afterLastPacket, granularityMs, doubts } = row(measured({ change: outliers }), 'aedes')
  expect(n).toBeGreaterThan(500)
  expect([Math.abs((afterLastPacket?.k ?? 0) - 1.5) < 0.001, doubts]).toEqual([true, []])
  expect(granularityMs).toBeLessThan(20)
})

test('a client whose detections no line holds varies: that is its own doing, and no doubt', () => {
  let n = 0
  const ticking = (K: number) => K + 10_000 + (++n % 2) * (K / 2)
  const { afterAnswer, varies, doubts } = row(measured({ clients: { one: ticking } }), 'one')
  expect([afterAnswer, doubts]).toEqual([undefined, []])
  expect(varies.map(text => text.slice(0, 48))).toEqual([
    'after the last answer: no line holds its detecti',
    'while publishing: no line holds its detections: ',
  ])
})

test('a line that is known no better than to 0.05 K is no figure, and says so with its margin', () => {
  let n = 0
  const unsteady = (K: number) => 2 * K + ((++n * 0.618) % 1) * 350
  const { afterAnswer, doubts } = row(measured({ clients: { one: unsteady }, grid: { keepalivesS: [1, 2, 3] } }), 'one')
  expect(afterAnswer).toBeUndefined()
  expect(doubts).toContainEqual(
    expect.stringMatching(
      /^after the last answer: \d\.\d\dK ±0\.\d\d \+ .* is no better known; a figure takes ±0.02K ±0.3 s/,
    ),
  )
})

test('pings that some standstill may have put off are no pings to draw a line through', () => {
  const change: World['change'] = (sample, { kind, keepaliveS }) =>
    kind === 'healthy' && keepaliveS > 2
      ? { ...sample, gaps: sample.gaps.map(() => ({ stalled: 'the client stood still for 300 ms' })) }
      : sample
  const { ping, doubts, lost } = row(measured({ change }), 'mqttjs')
  expect([ping, lost]).toEqual([undefined, 6])
  expect(doubts).toEqual([expect.stringMatching(/^pings every: 4 detections at one keep-alive are too few/)])
  const none: World['change'] = sample => ({ ...sample, gaps: [{ stalled: 'the client stood still for 300 ms' }] })
  expect(row(measured({ change: none }), 'mqttjs').doubts).toContain('pings every: the client stood still for 300 ms')
})

test('rows come in the order in which they were asked for, whoever ended first', () => {
  const clients = { zulu: (K: number) => 2 * K, alpha: (K: number) => 1.5 * K }
  const brokers = { mosquitto: { k: 1.5, looksEveryMs: 6000 }, aedes: { k: 1.5 } }
  const outcomes = outcomesOf({ clients, brokers })
  const names = (played: readonly PlayedPair[]) => {
    const { peers, pairs } = assembled(played, { clients, brokers })
    return [peers.map(({ name }) => name), pairs.map(({ client, broker }) => `${client} ${broker}`)]
  }
  const asked = [
    ['zulu', 'alpha', 'mosquitto', 'aedes'],
    ['zulu mosquitto', 'zulu aedes', 'alpha mosquitto', 'alpha aedes'],
  ]
  expect(names(outcomes)).toEqual(asked)
  expect(names(outcomes.toReversed())).toEqual(asked)
  // And nothing else of the table hangs on it.
  expect(assembled(outcomes.toReversed(), { clients, brokers })).toEqual(assembled(outcomes, { clients, brokers }))
})

test('too few runs that count make no line, and the reason is told', () => {
  const reason = 'the event loop stood still for 300 ms at a moment that counts'
  const spoil: World['spoil'] = ({ kind, keepaliveS, phase }) =>
    kind === 'cut' && keepaliveS === 4 && phase > 0.3 ? { spoilt: 'stalled', reason } : undefined
  const table = measured({ spoil })
  const { afterAnswer, doubts, lost } = row(table, 'mqttjs')
  expect([afterAnswer, lost]).toEqual([undefined, 6])
  expect(doubts).toContain(`after the last answer: too few runs that count (1 at K = 4 s): ${reason}`)
  expect(table.runs.lost).toBe(6)
})

test('connections that are lost while healthy count against whoever ended them', () => {
  const change: World['change'] = (sample, { kind, keepaliveS }) =>
    kind === 'healthy' && keepaliveS === 2 ? { ...sample, falseAlarm: 'broker' } : sample
  const table = measured({ change })
  expect([row(table, 'mqttjs').falseAlarms.lost, row(table, 'aedes').falseAlarms.lost]).toEqual([0, 3])
  expect(table.pairs[0]?.falseAlarms).toEqual({ runs: 44, lost: 3 })
})

test('a pair says who was first, and partners that differ are seen to', () => {
  const clients = { slow: (K: number) => 2 * K, even: (K: number) => 1.5 * K }
  const table = measured({ clients, grid: { traffics: ['idle'] } })
  const first = Object.fromEntries(table.pairs.map(pair => [pair.client, pair.first]))
  expect(first).toEqual({
    slow: { client: 0, broker: 16, tie: 0, nobody: 0 },
    even: { client: 0, broker: 0, tie: 16, nobody: 0 },
  })
  const line = {
    k: expect.closeTo(2, 2),
    ms: expect.any(Number),
    withinK: expect.any(Number),
    withinMs: expect.any(Number),
  }
  expect(row(table, 'slow').partners).toEqual([{ name: 'aedes', line }])
  expect(row(table, 'aedes').partnersSpreadMs).toBeLessThan(10)
})

test('Server Keep Alive: pings at the imposed interval, or none when one was due', async () => {
  const { clientRow } = await import('../../src/figures/peer-rows.ts')
  const [first] = outcomesOf({ clients: { one: K => 2 * K }, brokers: exact })
  if (!first || 'spoilt' in first.sample) throw new Error('no outcome')
  const { job, sample } = first
  const verdict = (
    pingsAtMs: readonly number[],
    serverKeepAliveS: number | undefined,
    healthyMs = 27_000,
    falseAlarm?: 'client' | 'broker',
  ) =>
    clientRow('one', [
      {
        ...first,
        job: { ...job, kind: 'imposed', keepaliveS: 10 },
        sample: { ...sample, pingsAtMs, serverKeepAliveS, healthyMs, falseAlarm },
      },
    ]).serverKeepAlive
  expect(verdict([10_010, 20_020], 10)).toBe('honoured')
  // paho.golang pings at once, which says nothing.
  expect(verdict([5], 10)).toBe('ignored')
  expect(verdict([], 10)).toBe('ignored')
  expect(verdict([], 10, 12_000)).toBe('unknown')
  // Cut for its silence, before it was watched for longer.
  expect(verdict([], 10, 15_010, 'client')).toBe('ignored')
  expect(verdict([], 10, 15_010, 'broker')).toBe('unknown')
  expect(verdict([10_010], undefined)).toBe('unknown')
})

test('a calibration is handed all that speaks for or against the figures: scans, false alarms, doubts', () => {
  const scanning = row(measured({ brokers: { looking: { k: 1.5, looksEveryMs: 6000 } } }), 'looking')
  expect(asMeasured(scanning).scanMs).toBe(scanning.scanMs)
  expect(scanning.scanMs).toBeDefined()
  const change: World['change'] = sample => ({ ...sample, falseAlarm: 'client' })
  expect(asMeasured(row(measured({ change }), 'mqttjs')).falseAlarms?.lost).toBeGreaterThan(0)
  const few = row(
    measured({
      brokers: { looking: { k: 1.5, looksEveryMs: 6000 } },
      grid: { brokerSamples: 2, phases: 1, traffics: ['idle'] },
    }),
    'looking',
  )
  expect(asMeasured(few).doubts).toEqual(few.doubts)
  expect(few.doubts).not.toEqual([])
})

describe('peers of another dialect than MQTT', () => {
  test('are paired with those of their own; who is alone is left out, once, with the reason', () => {
    const foreign = { ...broker('rabbit'), dialect: 'amqp' }
    const clients = [client('mqttjs'), client('amqplib', { dialect: 'amqp' }), client('ws', { dialect: 'websocket' })]
    const { jobs, leftOut } = planOf({ clients, brokers: [broker('aedes'), foreign] }, GRID)
    const pairs = jobs.filter(({ kind }) => kind === 'cut').map(job => `${job.client.name} ${job.broker.name}`)
    expect([...new Set(pairs)]).toEqual(['mqttjs aedes', 'amqplib rabbit'])
    expect(leftOut).toEqual([
      { what: 'ws', reason: 'it speaks WebSocket ping and pong, and none of the brokers that are here does' },
    ])
  })

  test('a program of anybody is paired with brokers of MQTT, and with others where there are no such', () => {
    const foreign = { ...broker('rabbit'), dialect: 'amqp' }
    const brokersOf = (brokers: readonly ReturnType<typeof broker>[]) => {
      const { jobs } = planOf({ clients: [client('mine', { nameless: true })], brokers }, GRID)
      return [...new Set(jobs.filter(({ kind }) => kind === 'cut').map(job => job.broker.name))]
    }
    expect(brokersOf([broker('aedes'), foreign])).toEqual(['aedes'])
    expect(brokersOf([foreign])).toEqual(['rabbit'])
  })

  /** All runs with one broker that closes 3K after the last packet, and of cut clients so much of K sooner. */
  const timed = (soonerK: number) => {
    const world = {
      clients: { one: (K: number) => 1.5 * K },
      brokers: { rabbit: { k: 3 } },
      change: (sample, job) => {
        if (job.kind !== 'cut' || !isDetection(sample.broker)) return sample
        const sooner = soonerK * job.phase * job.keepaliveS * 1000
        return { ...sample, broker: { ...sample.broker, afterMs: sample.broker.afterMs - sooner } }
      },
    } satisfies World
    const foreign = { ...broker('rabbit'), dialect: 'amqp' }
    return brokerRow(
      'rabbit',
      outcomesOf(world).map(each => ({ ...each, job: { ...each.job, broker: foreign } })),
    )
  }

  test('a broker that looks by a timer of its own keeps to no line: soonest and latest are told', () => {
    const { afterLastPacket, granularityMs, varies, doubts } = timed(1)
    expect([afterLastPacket, granularityMs, doubts]).toEqual([undefined, undefined, []])
    expect(varies).toEqual([expect.stringMatching(/^after the last packet: it closes 2\.1[23]K to 3\.00K after it, /)])
  })

  test('one that closes at the same time whatever came before has a line', () => {
    const { afterLastPacket, varies, doubts } = timed(0)
    expect([afterLastPacket?.k, varies, doubts]).toEqual([expect.closeTo(3, 2), [], []])
  })
})
