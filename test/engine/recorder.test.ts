import { expect, it } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { recorder } from '../../src/engine/recorder.ts'
import type { PacketSummary } from '../../src/model/event.ts'

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
  expect(evidence(40).map(({ atMs, what }) => [atMs, what])).toEqual([
    [-40, 'connected'],
    [0, 'closed'],
    [10, 'ended'],
  ])
})

it('places the events of a connection with the client whose CONNECT it carried, from its opening on', () => {
  const { record, end, evidence } = recorder(virtualClock(), 'r')
  record({ who: 'link', what: 'open', edge: 'client', from: 'client', conn: 7 })
  record({ ...packet('connect', { clientId: 'ho-r-3' }), conn: 7 })
  record({ ...packet('connect', { clientId: 'somebody' }), conn: 8 })
  record({ who: 'broker', what: 'keepalive-timeout', device: 5, conn: 7 })
  end()
  expect(evidence(0).map(({ device }) => device)).toEqual([3, 3, undefined, 5, undefined])
})

it('takes nothing after the end but troubles, and puts them before it', async () => {
  const clock = virtualClock()
  const { record, end, evidence } = recorder(clock, 'r')
  end()
  await clock.advanceTo(100)
  record({ who: 'client', what: 'closed' })
  record({ who: 'harness', what: 'trouble', note: 'still there' })
  expect(evidence(0).map(({ atMs, what }) => [atMs, what])).toEqual([
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
  expect(evidence(0).map(({ atMs, what }) => [atMs, what])).toEqual([
    [90, 'connected'],
    [100, 'stalled'],
    [100, 'ended'],
  ])
  expect(evidence(0)[1]).toMatchObject({ forMs: 20 })
})
