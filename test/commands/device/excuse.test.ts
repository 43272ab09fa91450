import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../../src/commands/device/device-limits.ts'
import { excused } from '../../../src/commands/device/programme.ts'
import type { Remark, Scene } from '../../../src/commands/device/step.ts'
import type { Event } from '../../../src/model/event.ts'
import { type Builder, run } from '../../evidence/builder.ts'

const FAIL: Remark = { result: 'fail', text: 'the device never gave up', advice: 'give up' }
const PASS: Remark = { result: 'pass', text: 'it came back' }

function scene(seen: Builder, more: readonly Event[] = []): Scene {
  const { header, events } = seen.ended(9000)
  const terms = { clientId: 'd', protocol: 4, declaredS: 2, clean: true, sessionPresent: false } as const
  const all = [...events, ...more].sort((a, b) => a.atMs - b.atMs)
  return { header, events: all, fromMs: 1000, toMs: 9000, fault: 'x#0', conn: 1, terms, limits: DEFAULT_LIMITS }
}

const calm = () => run({ keepaliveS: 2 }).connect(0).ping(2000).ping(4000)
const stalled = (atMs: number, forMs: number): Event => ({ who: 'harness', what: 'stalled', of: 'link', atMs, forMs })

test('on a calm machine a remark stays as it is', () => {
  expect(excused([FAIL, PASS], scene(calm(), [stalled(3000, 60)]))).toEqual({ remarks: [FAIL, PASS] })
})

test('a link that stood still in the step fails no device', () => {
  expect(excused([FAIL, PASS], scene(calm(), [stalled(8000, 700)])).remarks).toEqual([
    {
      result: 'inconclusive',
      text: "halfopen's link stood still for 700 ms in this step, which may have caused this: the device never gave up",
    },
    PASS,
  ])
})

test('what stood still before the step excuses nothing', () => {
  expect(excused([FAIL], scene(calm(), [stalled(990, 900)])).remarks).toEqual([FAIL])
})

test('what is noticed late in the step does, though the standstill was before it', () => {
  const late = (lateMs: number, more: readonly Event[] = []): Scene => {
    const { events, ...rest } = scene(calm(), more)
    return { ...rest, events: events.map(event => (event.atMs === 2000 ? { ...event, lateMs } : event)) }
  }
  expect(excused([FAIL], late(100)).remarks).toEqual([FAIL])
  expect(excused([FAIL, PASS], late(6000, [stalled(995, 6000)])).remarks).toEqual([
    {
      result: 'inconclusive',
      text: "halfopen's link noticed things up to 6.00 s late in this step, which may have caused this: the device never gave up",
    },
    PASS,
  ])
})

test('of a flood of hundreds of thousands of events the latest is found', () => {
  const { events, ...rest } = scene(calm())
  const [ping] = events.filter(({ atMs }) => atMs === 2000)
  if (!ping) throw new Error('the builder has no event at 2 s')
  const many = Array.from({ length: 300_000 }, (_, i) => ({ ...ping, lateMs: i === 200_000 ? 700 : 1 }))
  const { remarks } = excused([FAIL], { ...rest, events: many })
  expect(remarks[0]).toMatchObject({ result: 'inconclusive', text: expect.stringContaining('up to 700 ms late') })
})

test('a broker that floods fails no device, and is told; a device that floods is told only', () => {
  const drowned = calm()
  for (let i = 0; i < 600; i++) drowned.down(5000 + i, 'pingresp')
  const {
    remarks: [verdict, note],
    drowned: why,
  } = excused([FAIL], scene(drowned))
  expect(why).toBe(undefined)
  expect(verdict).toMatchObject({
    result: 'inconclusive',
    text: expect.stringMatching(/^a flood: the broker sent 60\d PINGRESP/),
  })
  expect(note).toMatchObject({ result: 'note', text: expect.stringContaining('from 4.00 s on') })
  const wild = calm()
  for (let i = 0; i < 600; i++) wild.ping(5000 + i)
  expect(excused([FAIL], scene(wild)).remarks).toEqual([
    FAIL,
    { result: 'note', text: expect.stringMatching(/^a flood: the device sent 60\d PINGREQ/) },
  ])
})

test('beside a torrent of the broker no other step is played', () => {
  const drowned = calm()
  for (let i = 0; i < 6000; i++) drowned.down(5000 + i / 10, 'pingresp')
  const { remarks, drowned: why } = excused([PASS], scene(drowned))
  expect(remarks.map(({ result }) => result)).toEqual(['pass', 'inconclusive'])
  expect(why).toMatch(/^the broker floods: 600\d packets in one second$/)
})
