import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../../src/clock/virtual.ts'
import { Intake } from '../../../src/link/pipe/intake.ts'
import type { PeerView } from '../../../src/link/pipe/kernel-view.ts'

function source(views: (PeerView | undefined)[] = []) {
  const clock = virtualClock()
  const calls: string[] = []
  const saw: unknown[] = []
  const intake = new Intake(
    {
      pause: () => void calls.push('pause'),
      resume: () => void calls.push('resume'),
      leaveUnread: on => void calls.push(on ? 'leave' : 'take'),
      look: async () => views.shift(),
    },
    { clock, saw: (view, when) => saw.push({ view, ...when }) },
  )
  return { clock, calls, saw, intake }
}

describe('reading from a source', () => {
  it('stops for the first who wants it unread and goes on after the last', () => {
    const { intake, calls } = source()
    intake.stall(true)
    intake.stall(true)
    intake.stall(false)
    expect(calls).toEqual(['leave', 'pause'])
    intake.stall(false)
    expect(calls).toEqual(['leave', 'pause', 'take', 'resume'])
  })

  it('stays paused after a stall while too much waits', () => {
    const { intake, calls } = source()
    intake.weigh(5_000_000)
    intake.stall(true)
    intake.stall(false)
    expect(calls).toEqual(['pause', 'leave', 'take'])
  })

  it('looks at the peer while it is left unread, and dates what it sees from the look before', async () => {
    const { intake, clock, saw } = source([{ unreadBytes: 0 }, { unreadBytes: 7 }])
    intake.stall(true)
    await clock.advanceTo(20)
    await clock.advanceTo(40)
    expect(saw).toEqual([
      { view: { unreadBytes: 0 }, atMs: 20, lateMs: 20 },
      { view: { unreadBytes: 7 }, atMs: 40, lateMs: 20 },
    ])
    intake.stall(false)
    expect(clock.live).toBe(0)
  })

  it('leaves no timer when the connection is over', () => {
    const { intake, clock } = source()
    intake.stall(true)
    intake.dispose()
    expect(clock.live).toBe(0)
  })
})
