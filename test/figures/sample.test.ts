import { expect, test } from 'vitest'
import { samplesOf } from '../../src/figures/sample.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { run } from '../evidence/builder.ts'

const only = (evidence: Evidence) => {
  const [sample] = samplesOf(evidence)
  if (!sample || 'spoilt' in sample) throw new Error(`spoilt: ${sample?.reason}`)
  return sample
}
/** The resolution of the lab. */
const exact = { minusMs: 1, plusMs: 1 }
/** K = 2: pinged at 2 s, cut at 2.5 s. */
const cut = () => run().connect(0).ping(2000).fault('blackhole', 2500).lostPing(4000)

test('a client counts from its last answer, a broker from the last packet that reached it', () => {
  const sample = only(cut().end(5010, 'client', 'client').end(5001, 'broker', 'broker').ended(6000))
  expect(sample.client).toEqual({ atMs: 5010, afterMs: 3010, afterCutMs: 2510, ...exact })
  expect(sample.broker).toEqual({ atMs: 5001, afterMs: 3001, afterCutMs: 2501, ...exact })
  expect(sample).toMatchObject({ pingsAtMs: [2000], falseAlarm: undefined, healthyMs: 2500, watchedMs: 3500 })
})

test('who had not given up by the end never did, and who was told by the other did not by itself', () => {
  expect(only(cut().end(5001, 'broker', 'broker').ended(20_000))).toMatchObject({ client: 'never', watchedMs: 17_500 })
  const told = only(cut().end(3000, 'broker', 'broker').end(3000, 'client', 'broker').ended(6000))
  expect([told.client, typeof told.broker]).toEqual(['told', 'object'])
})

test('what the broker publishes is no answer to count from', () => {
  const sample = only(cut().down(2400, 'publish').end(5000, 'client', 'client').ended(6000))
  expect(sample.client).toMatchObject({ afterMs: 3000 })
})

test('a connection that is lost before the cut is a false alarm of whoever ended it, and no detection', () => {
  const lost = (atMs: number) => run().connect(0).end(atMs, 'broker', 'broker').end(atMs, 'client', 'broker')
  const sample = only(lost(1000).fault('blackhole', 2500).ended(9000))
  expect(sample).toMatchObject({ falseAlarm: 'broker', client: 'unasked', broker: 'unasked', healthyMs: 1000 })
  expect(only(run().connect(0).ping(2000, 4000).ended(7000)).falseAlarm).toBeUndefined()
  // After 1.5K of silence a broker has to.
  expect(only(lost(3001).ended(7000)).falseAlarm).toBe('client')
  expect(samplesOf(lost(3001).stalled(2900, 900).ended(7000))[0]).toMatchObject({ spoilt: 'stalled' })
  // Several short standstills make a PINGRESP as late as a long one.
  expect(samplesOf(lost(3001).stalled(1900, 300).stalled(2900, 300).ended(7000))[0]).toMatchObject({
    spoilt: 'stalled',
  })
  expect(only(lost(3001).stalled(2900, 300).ended(7000)).falseAlarm).toBe('client')
  // Whose standstill it was makes no difference: a ping goes through all of them.
  const each = lost(3001).stalled(1500, 200, 'client').stalled(2000, 200, 'link').stalled(2900, 200, 'broker')
  expect(samplesOf(each.ended(7000))[0]).toMatchObject({
    spoilt: 'stalled',
    reason: expect.stringMatching(/600 ms.*, just before a connection was lost$/),
  })
})

test('a detection is an interval: its dates may be late, and its peer may have stood still in between', () => {
  const end = () => cut().late(7).end(5000, 'client', 'client').late(0).end(5001, 'broker', 'broker')
  expect(only(end().ended(6000)).client).toMatchObject({ afterMs: 3000, minusMs: 8, plusMs: 1 })
  const late = run().connect(0).late(4).ping(2000).late(0).fault('blackhole', 2500).end(5000, 'client', 'client')
  expect(only(late.ended(6000)).client).toMatchObject({ afterMs: 3000, minusMs: 1, plusMs: 5 })
  // 0.02 K are 40 ms: standstills below that are its margin, all of them together.
  const still = end().stalled(2700, 6, 'client').starved(3900, 'client', 5, 10).stalled(4800, 20, 'broker')
  const { client, broker } = only(still.stalled(1900, 30, 'client').stalled(4900, 500, 'link').ended(6000))
  expect([client, broker]).toMatchObject([
    { minusMs: 19, plusMs: 1 },
    { minusMs: 21, plusMs: 1 },
  ])
})

test('a detection that is not known to 0.02 K is none, and says why; the other one of the run still counts', () => {
  const end = () => cut().end(5000, 'client', 'client').end(5001, 'broker', 'broker')
  // MQTT.js counts in three ticks of K/2: each of these may have put one off.
  const ticks = only(
    end().stalled(3100, 14, 'client').stalled(4100, 14, 'client').stalled(4900, 14, 'client').ended(6000),
  )
  expect(ticks.client).toEqual({ stalled: 'the client may have been held up for 42 ms' })
  expect(ticks.broker).toMatchObject({ afterMs: 3001 })
  const vague = only(cut().late(60).end(5000, 'client', 'client').end(5001, 'broker', 'broker').ended(6000))
  expect(vague.client).toEqual({ stalled: 'dates are up to 60 ms late' })
  const stopped = only(end().starved(4000, 'broker', 2000, 2000, 'stopped').ended(6000))
  expect([stopped.broker, stopped.client]).toMatchObject([
    { stalled: 'the broker may have been held up for 2.00 s' },
    { afterMs: 3000 },
  ])
})

test('a peer is held up once at each of its few turns, and by short waits at none', () => {
  const end = () =>
    run({ keepaliveS: 10 }).connect(0).ping(10_000).fault('blackhole', 12_500).end(25_000, 'client', 'client')
  const many = end()
  for (let atMs = 10_500; atMs < 25_000; atMs += 500) many.stalled(atMs, 30 + (atMs % 2000) / 100, 'client')
  // The longest: 45 ms.
  expect(only(many.ended(26_000)).client).toMatchObject({ minusMs: 4 * 45 + 1 })
  // A third of the time: that is many short waits, as on any busy machine.
  const busy = end()
  for (let atMs = 10_250; atMs < 25_000; atMs += 250) busy.starved(atMs, 'client', 80, 250)
  expect(only(busy.ended(26_000)).client).toMatchObject({ minusMs: 1 })
  const starved = end()
  for (let atMs = 10_250; atMs < 25_000; atMs += 250) starved.starved(atMs, 'client', 90, 250)
  expect(only(starved.ended(26_000)).client).toEqual({ stalled: 'the client may have been held up for 360 ms' })
})

test('a silent client is for the sake of a slope over 12 s, and may be known that much less exactly', () => {
  const silent = () =>
    run({ client: { name: 'silent', version: 'built in', pings: false } })
      .connect(0)
      .end(3001, 'broker', 'broker')
  expect(only(silent().stalled(2500, 200, 'broker').ended(5000)).broker).toMatchObject({ minusMs: 201 })
  expect(only(silent().stalled(2500, 250, 'broker').ended(5000)).broker).toHaveProperty('stalled')
})

test('in evidence of before all stood still with the harness, and what a standstill held up was dated late', () => {
  const end = () => cut().end(5000, 'client', 'client').end(5001, 'broker', 'broker')
  expect(only(end().stalled(5040, 60).ended(6000)).client).toHaveProperty('stalled')
  // The last answer may have been dated late.
  expect(only(end().stalled(1980, 60).ended(6000)).client).toHaveProperty('stalled')
  expect(only(end().stalled(3500, 60).ended(6000)).client).toHaveProperty('stalled')
  expect(only(end().stalled(1800, 60).ended(6000)).client).toMatchObject({ minusMs: 1, plusMs: 1 })
})

test('the time between two pings is guarded as a detection is', () => {
  const healthy = () => run().connect(0).ping(2000).ping(4001)
  expect(only(healthy().late(5).ping(6003).late(0).ended(7000)).gaps).toEqual([
    { afterMs: 2001, minusMs: 1, plusMs: 1 },
    { afterMs: 2002, minusMs: 6, plusMs: 1 },
  ])
  const still = only(healthy().ping(6100).stalled(5000, 50, 'client').stalled(3000, 50, 'broker').ended(7000))
  expect(still.gaps).toEqual([
    { afterMs: 2001, minusMs: 1, plusMs: 1 },
    { stalled: 'the client may have been held up for 50 ms' },
  ])
})

test("the harness's own trouble spoils the run, with its reason", () => {
  expect(samplesOf(run().trouble(0, 'the broker refused client 1: CONNACK 5').ended(10))).toEqual([
    { spoilt: 'trouble', reason: 'the broker refused client 1: CONNACK 5' },
  ])
  expect(samplesOf(run().ended(10))).toEqual([{ spoilt: 'trouble', reason: 'no CONNACK reached the client' }])
})

test('silent clients are counted one by one, each from its own CONNACK', () => {
  const evidence = run({ client: { name: 'silent', version: 'built in', pings: false }, count: 2 })
    .on(1, 1)
    .connect(0)
    .on(2, 2)
    .connect(700)
    .on(1, 1)
    .end(3001, 'broker', 'broker')
    .on(2, 2)
    .end(3703, 'broker', 'broker')
    .ended(5000)
  expect(samplesOf(evidence).map(sample => 'broker' in sample && sample.broker)).toEqual([
    { atMs: 3001, afterMs: 3001, afterCutMs: 3001, ...exact },
    { atMs: 3703, afterMs: 3003, afterCutMs: 3003, ...exact },
  ])
})

test('what the application is told: the shortest that says it, and how often', () => {
  const told = (build: (builder: ReturnType<typeof cut>) => ReturnType<typeof cut>) =>
    only(build(cut().end(5000, 'client', 'client')).ended(9000)).told
  expect(
    told(b => b.client(5001, 'error', { note: 'Keepalive timeout' }).client(5002, 'closed').client(5002, 'offline')),
  ).toBe('error Keepalive timeout')
  const paho = { code: 141, note: 'Keep alive timeout' }
  expect(told(b => b.client(5001, 'closed', paho).client(5002, 'closed', paho))).toBe(
    'closed 141 Keep alive timeout (twice)',
  )
  expect(told(b => b.client(5001, 'closed', { code: 32000, note: 'Timed out (32000)' }))).toBe(
    'closed Timed out (32000)',
  )
  expect(told(b => b.client(5001, 'offline').client(5002, 'closed'))).toBe('offline; closed')
  // A second later it is the next attempt that failed.
  expect(told(b => b.client(6500, 'error', { note: 'connect ETIMEDOUT' }))).toBeUndefined()
})

test('an imposed keep-alive is read off the CONNACK', () => {
  expect(only(run({ protocol: 5 }).connect(0, { serverKeepAliveS: 10 }).ping(10_000).ended(17_500))).toMatchObject({
    serverKeepAliveS: 10,
    pingsAtMs: [10_000],
  })
})
