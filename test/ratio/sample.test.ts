import { expect, test } from 'vitest'
import type { Evidence } from '../../src/model/evidence.ts'
import { samplesOf } from '../../src/ratio/sample.ts'
import { run } from '../evidence/builder.ts'

const only = (evidence: Evidence) => {
  const [sample] = samplesOf(evidence)
  if (!sample || 'spoilt' in sample) throw new Error(`spoilt: ${sample?.reason}`)
  return sample
}
/** K = 2: pinged at 2 s, cut at 2.5 s. */
const cut = () => run().connect(0).ping(2000).fault('blackhole', 2500).lostPing(4000)

test('a client counts from its last answer, a broker from the last packet that reached it', () => {
  const sample = only(cut().end(5010, 'client', 'client').end(5001, 'broker', 'broker').ended(6000))
  expect(sample.client).toEqual({ atMs: 5010, afterMs: 3010, afterCutMs: 2510 })
  expect(sample.broker).toEqual({ atMs: 5001, afterMs: 3001, afterCutMs: 2501 })
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
})

test('a standstill at a moment that counts spoils the run, and one elsewhere does not', () => {
  const end = () => cut().end(5000, 'client', 'client').end(5001, 'broker', 'broker')
  expect(samplesOf(end().stalled(5040, 60).ended(6000))).toEqual([
    { spoilt: 'stalled', reason: 'the event loop stood still for 60 ms at a moment that counts' },
  ])
  // The last answer may have been dated late.
  expect(samplesOf(end().stalled(1980, 60).ended(6000))[0]).toHaveProperty('spoilt')
  expect(samplesOf(end().stalled(3500, 200).ended(6000))[0]).not.toHaveProperty('spoilt')
})

test("the harness's own trouble spoils the run, with its reason", () => {
  expect(samplesOf(run().trouble(0, 'the broker refused client 1: CONNACK 5').ended(10))).toEqual([
    { spoilt: 'trouble', reason: 'the broker refused client 1: CONNACK 5' },
  ])
  expect(samplesOf(run().ended(10))).toEqual([{ spoilt: 'trouble', reason: 'no CONNACK reached the client' }])
})

test('silent clients are counted one by one, each from its own CONNACK', () => {
  const evidence = run({ client: { name: 'silent', version: 'built in' }, count: 2 })
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
    { atMs: 3001, afterMs: 3001, afterCutMs: 3001 },
    { atMs: 3703, afterMs: 3003, afterCutMs: 3003 },
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
