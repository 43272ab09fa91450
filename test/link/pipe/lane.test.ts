import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../../src/clock/virtual.ts'
import { Lane } from '../../../src/link/pipe/lane.ts'
import type { Item } from '../../../src/link/toxics/toxic.ts'

const item = (text: string): Item => ({ what: 'bytes', bytes: Buffer.from(text) })

function lane() {
  const clock = virtualClock()
  const out: string[] = []
  let weight = 0
  const queue = new Lane(
    clock,
    ({ bytes }: Item & { bytes?: Buffer }) => out.push(`${clock.nowMs()} ${bytes}`),
    delta => {
      weight += delta
    },
  )
  return { clock, out, queue, weight: () => weight }
}

describe('a lane', () => {
  it('passes at once, synchronously, what need not wait', () => {
    const { out, queue, clock } = lane()
    queue.pass(item('a'), 0)
    expect(out).toEqual(['0 a'])
    expect(clock.live).toBe(0)
  })

  it('never lets a shorter delay overtake a longer one', async () => {
    const { out, queue, clock } = lane()
    queue.pass(item('slow'), 50)
    queue.pass(item('fast'), 10)
    queue.pass(item('now'), 0)
    await clock.advanceTo(49)
    expect(out).toEqual([])
    await clock.advanceTo(100)
    expect(out).toEqual(['50 slow', '50 fast', '50 now'])
  })

  it('keeps what comes later behind what is held, and lets it go by its own delay', async () => {
    const { out, queue, clock } = lane()
    queue.hold(item('held'))
    queue.pass(item('short'), 5)
    queue.pass(item('long'), 80)
    await clock.advanceTo(20)
    queue.release()
    expect(out).toEqual(['20 held', '20 short'])
    await clock.advanceTo(200)
    expect(out.at(-1)).toBe('80 long')
  })

  it('flushes everything in order, with no timer left', () => {
    const { out, queue, clock } = lane()
    queue.pass(item('a'), 5)
    queue.hold(item('b'))
    queue.pass(item('c'), 500)
    queue.flush()
    expect(out).toEqual(['0 a', '0 b', '0 c'])
    expect(clock.live).toBe(0)
  })

  it('loses what is held and what stands behind it, not what is in flight before it', async () => {
    const { out, queue, clock, weight } = lane()
    queue.pass(item('flying'), 5)
    queue.hold(item('held'))
    queue.pass(item('behind'), 0)
    queue.loseHeld()
    queue.pass(item('later'), 0)
    await clock.advanceTo(10)
    expect(out).toEqual(['5 flying', '5 later'])
    expect(weight()).toBe(0)
  })

  it('weighs what waits in it', () => {
    const { queue, weight } = lane()
    queue.hold(item('12345'))
    expect(weight()).toBeGreaterThanOrEqual(5)
    queue.clear()
    expect(weight()).toBe(0)
    expect(queue.empty).toBe(true)
  })
})
