import { expect, test } from 'vitest'
import { enough, measure, withoutPings } from '../../../src/commands/compare/measure-cell.ts'
import { spreadOf, summary } from '../../../src/commands/compare/play-cell.ts'
import { readEvidence } from '../../../src/evidence/read-evidence.ts'
import type { Event } from '../../../src/model/event.ts'
import { TIE_MS } from '../../../src/timing/tolerance.ts'

const NOTICE_MS = 6000
const golden = async (name: string) =>
  measure(await readEvidence(`${import.meta.dirname}/../../golden/judge/${name}.ndjson`), NOTICE_MS)

test('two detections less than 50 ms apart are a tie', async () => {
  expect((await golden('both-notice')).cuts).toEqual([
    {
      client: { afterMs: expect.closeTo(2000.9, 3), by: 'itself' },
      broker: { afterMs: expect.closeTo(2001.2, 3), by: 'itself' },
      first: 'tie',
    },
  ])
})

test('a broker that hears the FIN of the client was told, and is counted so', async () => {
  const [cut] = (await golden('told-by-the-client')).cuts
  expect(cut?.client).toEqual({ afterMs: 2000, by: 'itself' })
  expect(cut?.broker?.by).toBe('told')
})

test('a client that never gives up is no detection, and the broker is first', async () => {
  const [cut] = (await golden('mqttjs-4-never-gives-up')).cuts
  expect(cut?.client).toBe(null)
  expect(cut?.first).toBe('broker')
})

test('a fault that nobody noticed in time has no first; one that the run did not outlast says so', async () => {
  const evidence = await readEvidence(`${import.meta.dirname}/../../golden/judge/never-touched.ndjson`)
  const watchedMs = 7000 - 4500
  expect(measure(evidence, watchedMs).cuts[0]?.first).toBe('nobody')
  expect(measure(evidence, watchedMs + 1).cuts[0]?.first).toBe('unknown')
})

test('losses, pings and messages are counted', async () => {
  const { losses, pings, messages, runMs } = await golden('qos-1-kept-and-back-again')
  expect({ losses, pings, runMs }).toEqual({ losses: 1, pings: 0, runMs: 8000 })
  // Only what was published long enough before the end: the first, at 500 ms.
  expect(messages).toEqual({ sent: 1, lost: 0, late: 0 })
  const healthy = await golden('never-touched')
  expect(healthy.firstPings).toEqual({ count: 3, lastMs: 6000 })
})

test('a run that never connected is in trouble', () => {
  const header = { scenario: { client: { count: 1, keepaliveS: 2, traffic: {} } }, client: {} } as never
  expect(measure({ header, events: [{ atMs: 9, who: 'harness', what: 'ended' }] }, 1).trouble).toMatch(/no CONNACK/)
})

test('a spread has the mean of the two in the middle as its median, in whole milliseconds', () => {
  expect(spreadOf([])).toBe(null)
  expect(spreadOf([40, 10, 30, 20])).toEqual({ count: 4, minMs: 10, medianMs: 25, maxMs: 40 })
  expect(spreadOf([90, 10, 30])).toEqual({ count: 3, minMs: 10, medianMs: 30, maxMs: 90 })
  expect(spreadOf([2, 5])?.medianMs).toBe(4)
})

test('what happens over time is left out where there was no time to count it', async () => {
  const run = await golden('both-notice')
  const cell = { keepaliveS: 2 } as never
  const short = summary({ index: 0, cell }, [run], { overTime: false, hasTraffic: true })
  expect([short.flapsPerHour, short.messages]).toEqual([null, null])
  const long = summary({ index: 0, cell }, [run], { overTime: true, hasTraffic: false })
  expect([long.flapsPerHour, long.messages]).toEqual([300, null])
})

const held: Event = { atMs: 0, who: 'harness', what: 'fault-held', fault: 'x#0' }
const fin = (atMs: number, edge: 'client' | 'broker'): Event => ({ atMs, who: 'link', what: 'fin', edge, from: edge })

test('a run has shown enough once both have noticed; before the fault nothing counts', () => {
  const isOver = enough('both')
  expect([fin(1, 'client'), held, fin(5, 'client'), fin(900, 'broker')].map(isOver)).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('for the first detection it waits for a tie, and no longer', () => {
  const isOver = enough('first')
  const later: Event = { atMs: 5 + TIE_MS, who: 'client', what: 'reconnecting' }
  expect([held, fin(5, 'client'), { ...later, atMs: 30 }, later].map(event => isOver(event))).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('an hour of pings is left out of the evidence, but for the first two', () => {
  const keep = withoutPings()
  const ping = (edge: 'client' | 'broker'): Event => ({
    atMs: 0,
    who: 'link',
    what: 'packet',
    flow: 'up',
    edge,
    packet: { cmd: 'pingreq', bytes: 2 },
  })
  expect([ping('client'), ping('broker'), ping('client'), ping('client'), held].map(keep)).toEqual([
    true,
    false,
    true,
    false,
    true,
  ])
})
