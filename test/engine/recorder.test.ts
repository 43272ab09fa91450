import { expect, it } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { recorder } from '../../src/engine/recorder.ts'
import { MOST_IN_MEMORY } from '../../src/evidence/event-log.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { PacketSummary } from '../../src/model/event.ts'
import { header } from '../evidence/builder.ts'

const packet = (cmd: PacketSummary['cmd'], rest: Partial<PacketSummary> = {}) =>
  ({ who: 'link', what: 'packet', flow: 'up', edge: 'client', packet: { cmd, bytes: 2, ...rest } }) as const

it('dates every event as it is told, and counts from the moment given', async () => {
  const clock = virtualClock()
  const { record, end, evidence } = recorder(clock, 'r')
  record({ who: 'client', what: 'connected' })
  await clock.advanceTo(40)
  record({ who: 'client', what: 'closed' })
  await clock.advanceTo(50)
  end()
  const { events } = await evidence(40, header())
  expect(events.map(({ atMs, what }) => [atMs, what])).toEqual([
    [-40, 'connected'],
    [0, 'closed'],
    [10, 'ended'],
  ])
})

it('places the events of a connection with the client whose CONNECT it carried, from its opening on', async () => {
  const { record, end, evidence } = recorder(virtualClock(), 'r')
  record({ who: 'link', what: 'open', edge: 'client', from: 'client', conn: 7 })
  record({ ...packet('connect', { clientId: 'ho-r-3' }), conn: 7 })
  record({ ...packet('connect', { clientId: 'somebody' }), conn: 8 })
  record({ who: 'broker', what: 'keepalive-timeout', device: 5, conn: 7 })
  end()
  const { events } = await evidence(0, header())
  expect(events.map(({ device }) => device)).toEqual([3, 3, undefined, 5, undefined])
})

it('takes nothing after the end but troubles, and puts them before it', async () => {
  const clock = virtualClock()
  const { record, end, evidence } = recorder(clock, 'r')
  end()
  await clock.advanceTo(100)
  record({ who: 'client', what: 'closed' })
  record({ who: 'harness', what: 'trouble', note: 'still there' })
  const { events } = await evidence(0, header())
  expect(events.map(({ atMs, what }) => [atMs, what])).toEqual([
    [0, 'trouble'],
    [0, 'ended'],
  ])
})

it('ends when the run was due to end, however late the machine ends it: what came in between is no evidence', async () => {
  const clock = virtualClock()
  const { record, end, evidence } = recorder(clock, 'r')
  await clock.advanceTo(90)
  record({ who: 'client', what: 'connected' })
  await clock.advanceTo(110)
  record({ who: 'harness', what: 'fault-held', fault: 'idle-cut#0', conn: 1 })
  record({ who: 'link', what: 'rst', edge: 'client', from: 'fault', conn: 1 })
  record({ who: 'harness', what: 'stalled', of: 'harness', forMs: 30 })
  record({ who: 'harness', what: 'stalled', of: 'harness', forMs: 5 })
  await clock.advanceTo(194)
  end(100)
  const { events } = await evidence(0, header())
  expect(events.map(({ atMs, what }) => [atMs, what])).toEqual([
    [90, 'connected'],
    [100, 'stalled'],
    [100, 'ended'],
  ])
  expect(events[1]).toMatchObject({ forMs: 20 })
})

it('holds no more of 300,000 events than are kept in memory, and judges no more than a digest', async () => {
  const head = header({ expect: ['pings-on-time', 'stays-connected', 'flaps'], keepaliveS: 2 })
  const clock = virtualClock()
  const log = recorder(clock, 'r', { alone: true })
  const { record, end, evidence } = log
  const both = (flow: 'up' | 'down', summary: PacketSummary, atMs: number) => {
    const edges = flow === 'up' ? (['client', 'broker'] as const) : (['broker', 'client'] as const)
    for (const edge of edges) record({ who: 'link', what: 'packet', flow, edge, packet: summary, conn: 1, atMs })
  }
  record({ who: 'link', what: 'open', edge: 'client', from: 'client', conn: 1, atMs: -1 })
  both('up', { cmd: 'connect', bytes: 20, clientId: 'ho-r-1', keepaliveS: 2 }, -1)
  both('down', { cmd: 'connack', bytes: 4, code: 0 }, 0)
  let most = 0
  for (let i = 0; i < 75_000; i++) {
    both('up', { cmd: 'pingreq', bytes: 2 }, i / 20)
    both('down', { cmd: 'pingresp', bytes: 2 }, i / 20)
    most = Math.max(most, log.inMemory)
  }
  await clock.advanceTo(3750)
  end()
  const { events, whole } = await evidence(0, head)
  expect(most).toBeLessThanOrEqual(MOST_IN_MEMORY)
  expect(log.inMemory).toBe(0)
  expect(events.length).toBeLessThan(3000)
  expect(whole?.count).toBe(300_000 + 6)
  whole?.dispose()
  const { result, notes } = judge({ header: head, events }, checks)
  expect(result).toBe('pass')
  expect(notes).toEqual([
    'a flood: the client sent 75000 PINGREQ on connection 1 in 3.75 s, up to 20000 in one second, from 0 ms on',
  ])
}, 120_000)
