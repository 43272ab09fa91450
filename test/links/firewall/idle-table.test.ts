import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../../src/clock/virtual.ts'
import { boxOf } from '../../../src/links/firewall/box.ts'
import { IdleTable } from '../../../src/links/firewall/idle-table.ts'
import { Tracker } from '../../../src/links/firewall/tracker.ts'
import { handshake, PINGREQ, segment, through } from './segments.ts'

const GIVEN = {
  afterMs: 2000,
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop',
  scope: 'both',
  recreate: 'none',
}

/** A table in virtual time that hears of what passes; the moments at which it forgot a flow. */
function playing(given: object) {
  const clock = virtualClock()
  const heldMs: number[] = []
  const mark = (_flow: unknown, what: string, _note: string, atMs: number) => what === 'held' && heldMs.push(atMs)
  const table = new IdleTable({ clock, box: boxOf({ ...GIVEN, ...given }), mark, expired() {} }, [])
  const tracker = new Tracker(() => {}, 0, { sent() {}, passed: (...what) => table.passed(...what) })
  const see = (segments: ReturnType<typeof through>) => {
    for (const each of segments) tracker.see({ ...each, wallMs: clock.nowMs() })
  }
  see(handshake())
  return { clock, see, heldMs, table }
}

describe('the table of a firewall', () => {
  it('forgets a flow so long after the last packet that passed, either way', async () => {
    const { clock, see, heldMs } = playing({})
    await clock.advanceTo(500)
    see(through('broker', { seq: 501, payload: PINGREQ }))
    await clock.advanceTo(5000)
    expect(heldMs).toEqual([2500])
  })

  it('counts an empty acknowledgement where it counts packets, and not where it counts payload', async () => {
    for (const [activity, heldAtMs] of [
      ['packet', 3000],
      ['payload', 2000],
    ] as const) {
      const { clock, see, heldMs } = playing({ activity })
      await clock.advanceTo(1000)
      see(through('client', { seq: 101 }))
      await clock.advanceTo(5000)
      expect(heldMs, activity).toEqual([heldAtMs])
    }
  })

  it('does not count what came in and was dropped', async () => {
    const { clock, see, heldMs } = playing({})
    await clock.advanceTo(1000)
    see([segment({ seq: 101, payload: PINGREQ })])
    await clock.advanceTo(5000)
    expect(heldMs).toEqual([2000])
  })

  it('knows a flow again, and forgets it again, where a packet from inside brings it back', async () => {
    const { clock, see, heldMs } = playing({ scope: 'inbound-only', recreate: 'outbound' })
    await clock.advanceTo(3000)
    see(through('client', { seq: 101, payload: PINGREQ }))
    await clock.advanceTo(9000)
    expect(heldMs).toEqual([2000, 5000])
  })

  it('forgets nothing any more once it is lifted', async () => {
    const { clock, heldMs, table } = playing({})
    await clock.advanceTo(1000)
    table.lift()
    await clock.advanceTo(9000)
    expect(heldMs).toEqual([])
  })
})
