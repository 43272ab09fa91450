import { describe, expect, it } from 'vitest'
import { between, type Dated } from '../../../../src/clock/clock.ts'
import { virtualClock } from '../../../../src/clock/virtual.ts'
import { boxOf } from '../../../../src/link/kinds/firewall/box.ts'
import { IdleTable } from '../../../../src/link/kinds/firewall/idle-table.ts'
import type { TrackedFlow } from '../../../../src/link/kinds/firewall/tracked-flow.ts'
import { Tracker } from '../../../../src/link/kinds/firewall/tracker.ts'
import { handshake, PINGREQ, segment, through } from './segments.ts'

const GIVEN = {
  afterMs: 2000,
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop',
  scope: 'both',
  recreate: 'none',
}

interface Playing {
  readonly tickMs?: number
  /** When the kernel had the table; absent: it is told with `table.place`. */
  readonly placed?: Dated
  /** The kernel has to be told to forget a flow that was there before; it takes so long. */
  readonly forgetMs?: number
}

/** A table in virtual time that hears of what passes; the moments at which it forgot a flow. One flow was there before. */
async function playing(given: object, { tickMs = 0, placed = { atMs: 0, lateMs: 0 }, forgetMs }: Playing = {}) {
  const clock = virtualClock()
  const held: Dated[] = []
  const tracker = new Tracker(() => {}, 0, { sent() {}, passed: (...what) => table.passed(...what) })
  const see = (segments: ReturnType<typeof through>) => {
    for (const each of segments) tracker.see({ ...each, seenMs: clock.nowMs() })
  }
  const forget = async () => {
    const fromMs = clock.nowMs()
    await clock.advanceTo(fromMs + (forgetMs ?? 0))
    return between(fromMs, clock.nowMs())
  }
  const made = (flows: readonly TrackedFlow[]) =>
    new IdleTable(
      {
        clock,
        box: boxOf({ ...GIVEN, ...given }),
        tickMs,
        mark: (_flow, what, _note, when) => what === 'held' && held.push(when),
        expired() {},
        settle: async () => {},
        trouble(error) {
          throw error
        },
        ...(forgetMs !== undefined && { forget }),
      },
      flows,
    )
  let table = made([])
  see(handshake())
  table = made(tracker.flows())
  await clock.advanceTo(placed.atMs)
  table.place(placed, tracker.flows())
  return { clock, see, held, flows: () => tracker.flows(), heldMs: () => held.map(({ atMs }) => atMs), table }
}

describe('the table of a firewall', () => {
  it('forgets a flow so long after the last packet that passed, either way', async () => {
    const { clock, see, heldMs } = await playing({})
    await clock.advanceTo(500)
    see(through('broker', { seq: 501, payload: PINGREQ }))
    await clock.advanceTo(5000)
    expect(heldMs()).toEqual([2500])
  })

  it('counts an empty acknowledgement where it counts packets, and not where it counts payload', async () => {
    for (const [activity, heldAtMs] of [
      ['packet', 3000],
      ['payload', 2000],
    ] as const) {
      const { clock, see, heldMs } = await playing({ activity })
      await clock.advanceTo(1000)
      see(through('client', { seq: 101 }))
      await clock.advanceTo(5000)
      expect(heldMs(), activity).toEqual([heldAtMs])
    }
  })

  it('does not count what came in and was dropped', async () => {
    const { clock, see, heldMs } = await playing({})
    await clock.advanceTo(1000)
    see([segment({ seq: 101, payload: PINGREQ })])
    await clock.advanceTo(5000)
    expect(heldMs()).toEqual([2000])
  })

  it('knows a flow again, and forgets it again, where a packet from inside brings it back', async () => {
    const { clock, see, heldMs } = await playing({ scope: 'inbound-only', recreate: 'outbound' })
    await clock.advanceTo(3000)
    see(through('client', { seq: 101, payload: PINGREQ }))
    await clock.advanceTo(9000)
    expect(heldMs()).toEqual([2000, 5000])
  })

  it('forgets nothing any more once it is lifted', async () => {
    const { clock, heldMs, table } = await playing({})
    await clock.advanceTo(1000)
    table.lift()
    await clock.advanceTo(9000)
    expect(heldMs()).toEqual([])
  })
})

/** Each date is an interval in which the kernel surely forgot. */
describe('when a firewall forgot a flow', () => {
  const TRACKED = { activity: 'packet' }

  it('is up to a tick before its time-out in connection tracking, and up to two and a rounding in a set', async () => {
    const tracked = await playing(TRACKED, { tickMs: 4 })
    const set = await playing({}, { tickMs: 9 })
    for (const each of [tracked, set]) {
      await each.clock.advanceTo(100)
      each.see(through('client', { seq: 101, payload: PINGREQ }))
      await each.clock.advanceTo(5000)
    }
    expect(tracked.held).toEqual([{ atMs: 2100, lateMs: 4 }])
    expect(set.held).toEqual([{ atMs: 2100, lateMs: 9 }])
  })

  it('is when the kernel had been told to delete it, where it was silent since before', async () => {
    const { clock, held } = await playing(TRACKED, { placed: { atMs: 100, lateMs: 20 }, forgetMs: 30, tickMs: 4 })
    await clock.advanceTo(5000)
    expect(held).toEqual([{ atMs: 2030, lateMs: 30 }])
  })

  it('may be when the kernel did it by itself, where something passed while it was given the time-out', async () => {
    // The handshake is at 0, and the kernel had the time-out at some time between -50 and 100 ms.
    const placed = { atMs: 100, lateMs: 150 }
    const { clock, held } = await playing(TRACKED, { placed, forgetMs: 30, tickMs: 4 })
    await clock.advanceTo(5000)
    expect(held).toEqual([{ atMs: 2030, lateMs: 34 }])
  })

  it('is as much later as the set was late, where it was silent since before', async () => {
    const { clock, held, table } = await playing({}, { placed: { atMs: 100, lateMs: 60 }, tickMs: 9 })
    expect(table.members()).toEqual([{ inside: '10.77.1.2:40000', leftMs: 2000 }])
    await clock.advanceTo(5000)
    expect(held).toEqual([{ atMs: 2100, lateMs: 2100 - (2000 - 9 + 40) }])
  })

  it('is when the kernel had the set, where its time was over by then, however busy it is', async () => {
    const { clock, see, held, table } = await playing({ afterMs: 0.5 }, { placed: { atMs: 100, lateMs: 60 } })
    expect(table.members()).toEqual([])
    expect(held).toEqual([{ atMs: 100, lateMs: 60 }])
    see(through('client', { seq: 101, payload: PINGREQ }))
    await clock.advanceTo(5000)
    expect(held).toHaveLength(1)
  })

  it('is when the table was emptied', async () => {
    const { held, table, flows } = await playing(TRACKED)
    table.lose({ atMs: 700, lateMs: 3 }, flows())
    expect(held).toEqual([{ atMs: 700, lateMs: 3 }])
  })
})
