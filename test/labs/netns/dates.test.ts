/**
 * The kernel itself shows when a fault of the lab netns took force: the last packet that it let through came before, the first that it
 * dropped came after. The date of the fault has to agree: nothing passed after `atMs`, nothing was dropped before `atMs - lateMs`.
 */
import { describe, expect, test } from 'vitest'
import type { Dated } from '../../../src/clock/clock.ts'
import { blackhole } from '../../../src/faults/blackhole.ts'
import type { LinkOrder, Order } from '../../../src/faults/fault.ts'
import { idleCut } from '../../../src/faults/idle-cut.ts'
import { stateLoss } from '../../../src/faults/state-loss.ts'
import { available } from '../../../src/labs/netns/allowed.ts'
import { titled } from '../../needs.ts'
import { DATAGRAMS, noTcpdump, openStage, PROBES, SEGMENTS, SERVER, type Seen, type Stage } from './flood.ts'

const machine = await available()
const missing = machine === true ? noTcpdump : machine.reason
if (missing !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(missing)

/** What this test can't tell: the calendar's clock, by which tcpdump dates, is slewed by up to half a millisecond a second. */
const SLACK_MS = 0.5

/** What speaks against this date, in words. `began`: it dropped nothing before; `ended`: it dropped everything before. */
function against({ atMs, lateMs }: Dated, seen: readonly Seen[], how: 'began' | 'ended'): string[] {
  const say = (each: Seen) => `${each.passed ? 'passed' : 'dropped'} ${(each.atMs - atMs).toFixed(2)} ms from ${atMs}`
  const isNew = ({ passed }: Seen) => passed === (how === 'ended')
  const early = seen.filter(each => isNew(each) && each.atMs < atMs - lateMs - SLACK_MS)
  const late = seen.filter(each => !isNew(each) && each.atMs > atMs + SLACK_MS)
  return [...early, ...late].map(say)
}

const shifted = ({ atMs, lateMs }: Dated, byMs: number): Dated => ({ atMs: atMs + byMs, lateMs })
const isLinkOrder = (order: Order): order is LinkOrder => order.to === 'link'

async function give({ firewall }: Stage, orders: readonly Order[]): Promise<Dated> {
  const dates: (Dated | undefined)[] = []
  for (const order of orders.filter(isLinkOrder)) dates.push(await firewall.order(order, 'test#0'))
  const [first] = dates
  if (!first) throw new Error('the firewall did not say when it had the order')
  return first
}

const heldOf = ({ events }: Stage) =>
  events.flatMap(({ atMs, lateMs = 0, conn, what }) => (what === 'fault-held' ? [{ atMs, lateMs, conn }] : []))

const optionsOf = <P>(fault: { readonly options: { parse(given: unknown): P } }, given: object): P =>
  fault.options.parse(given)

describe.runIf(missing === undefined).concurrent('the kernel agrees with the date', () => {
  test(titled('of a blackhole, and of its lifting', missing), async () => {
    await using stage = await openStage('udp')
    const { clock } = stage
    const params = optionsOf(blackhole, {})
    stage.run('client', DATAGRAMS)
    await clock.advanceTo(clock.nowMs() + 200)
    const held = await give(stage, blackhole.on(params, 1000))
    await clock.advanceTo(clock.nowMs() + 200)
    const lifted = await give(stage, blackhole.off(params, 1000))
    await clock.advanceTo(clock.nowMs() + 200)
    const seen = await stage.seen()
    const middleMs = (held.atMs + lifted.atMs) / 2
    const [begin, end] = [seen.filter(({ atMs }) => atMs < middleMs), seen.filter(({ atMs }) => atMs >= middleMs)]
    expect(Math.min(begin.length, end.length)).toBeGreaterThan(20)
    expect(against(held, begin, 'began')).toEqual([])
    expect(against(lifted, end, 'ended')).toEqual([])
    // The canary: a date that is off by more than it says does not get through.
    for (const byMs of [held.lateMs + 100, -held.lateMs - 100])
      expect(against(shifted(held, byMs), begin, 'began')).not.toEqual([])
  })

  test.each([{ activity: 'packet' }, { activity: 'any-byte' }])(
    titled('of a lost table, $activity', missing),

    async given => {
      await using stage = await openStage('tcp')
      const { clock } = stage
      await stage.runUntilItSpeaks('broker', SERVER)
      stage.run('client', SEGMENTS)
      await clock.advanceTo(clock.nowMs() + 300)
      await give(stage, stateLoss.on(optionsOf(stateLoss, given), 1000))
      await clock.advanceTo(clock.nowMs() + 150)
      const seen = await stage.seen()
      const [held, ...more] = heldOf(stage)
      if (!held) throw new Error('no fault-held')
      expect(more).toEqual([])
      expect(seen.filter(({ passed }) => !passed).length).toBeGreaterThan(5)
      expect(against(held, seen, 'began')).toEqual([])
      for (const byMs of [held.lateMs + 100, -held.lateMs - 100])
        expect(against(shifted(held, byMs), seen, 'began')).not.toEqual([])
    },
  )

  /**
   * 48 connections, each with one probe `apartMs` * -6 to `apartMs` * 9 after the kernel is to have forgotten it. A set that is put in
   * place late forgets as much later what was silent by then.
   */
  test.each([
    {
      name: 'connection tracking, silent since before',
      options: { after: '1s', activity: 'packet' },
      afterMs: 1000,
      speak: 0,
      apartMs: 8,
    },
    {
      name: 'connection tracking, busy since',
      options: { after: '1s', activity: 'packet' },
      afterMs: 1000,
      speak: 500,
      apartMs: 8,
    },
    { name: 'a set, silent since before', options: { after: '900ms' }, afterMs: 900, speak: 0, apartMs: 15 },
    { name: 'a set, busy since', options: { after: '700ms' }, afterMs: 700, speak: 500, apartMs: 8 },
  ])(
    titled('of a flow that is forgotten: $name', missing),

    async ({ options, afterMs, speak, apartMs }) => {
      await using stage = await openStage('tcp')
      const { clock } = stage
      await stage.runUntilItSpeaks('broker', SERVER)
      const said = await stage.runUntilItSpeaks('client', PROBES, afterMs, speak, 48, apartMs)
      await give(stage, idleCut.on(optionsOf(idleCut, options), 1000))
      await clock.advanceTo(clock.nowMs() + speak + afterMs + 400)
      const seen = await stage.seen()
      const heldBy = new Map(heldOf(stage).map(held => [held.conn, held]))
      const wrong: string[] = []
      let dropped = 0
      for (const [index, port] of said.trim().split(' ').map(Number).entries()) {
        const own = seen.filter(each => each.port === port)
        const held = heldBy.get(index + 1)
        dropped += own.filter(({ passed }) => !passed).length > 0 ? 1 : 0
        if (held) wrong.push(...against(held, own, 'began').map(text => `connection ${index + 1}: ${text}`))
        else if (own.some(({ passed }) => !passed)) wrong.push(`connection ${index + 1} was dropped and never held`)
      }
      expect(wrong).toEqual([])
      // Both kinds were there: a date that is always late would else pass.
      expect(dropped).toBeGreaterThan(5)
      expect(dropped).toBeLessThan(48)
    },
  )
})
