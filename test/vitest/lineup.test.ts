import { describe, expect, test } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { lineup } from '../../src/vitest/lineup.ts'
import { pace } from '../../src/vitest/pace.ts'

const LIGHT = { broker: false, client: false }
const BROKER = { broker: true, client: false }
const CLIENT = { broker: false, client: true }

/** A line-up in virtual time, and a log of who began. */
function world() {
  const clock = virtualClock()
  const suite = lineup(clock, pace(clock, 2), 2)
  const stop = new AbortController()
  const began: string[] = []
  const enter = (name: string, heavy: typeof LIGHT, lengthMs = 0) => {
    const place = suite.enter(heavy, stop.signal, lengthMs)
    return { ...place, open: () => void place.opened().then(() => began.push(name)) }
  }
  const line: string[] = []
  const opening = (name: string, lengthMs: number, heavy = LIGHT) => {
    const place = suite.enter(heavy, stop.signal, lengthMs)
    void place.opening().then(() => line.push(name))
    return place
  }
  return { clock, stop, began, enter, line, opening, settled: () => clock.advanceTo(clock.nowMs()) }
}

describe('the line-up of a suite', () => {
  test('opens four benches for each processor, the longest first, and the next as one is open', async () => {
    const { stop, line, opening, settled } = world()
    const first = Array.from({ length: 8 }, (_, i) => opening(`first ${i}`, 1000))
    await settled()
    const [short, long, middle] = [opening('short', 1000), opening('long', 34_000), opening('middle', 9000)]
    await settled()
    expect(line).toHaveLength(8)
    void first[0]?.opened()
    void first[1]?.opened()
    await settled()
    expect(line.slice(8)).toEqual(['long', 'middle'])
    long.over()
    await settled()
    expect(line.slice(8)).toEqual(['long', 'middle', 'short'])
    for (const place of [short, middle]) place.over()
    stop.abort()
  })

  test('connects the longest first', async () => {
    const { began, enter, settled } = world()
    const places = [enter('a', LIGHT, 10), enter('b', LIGHT, 10), enter('c', LIGHT, 10), enter('d', LIGHT, 30)]
    for (const place of places) place.open()
    await settled()
    expect(began).toEqual(['a', 'b'])
    places[0]?.started()
    await settled()
    expect(began).toEqual(['a', 'b', 'd'])
    places[1]?.started()
    await settled()
    expect(began).toEqual(['a', 'b', 'd', 'c'])
  })

  test('lets a broker that everybody waits for open at once, however many open', async () => {
    const { line, opening, settled } = world()
    for (let i = 0; i < 9; i++) opening(`light ${i}`, 1000)
    opening('broker', 1, BROKER)
    await settled()
    expect(line).toHaveLength(9)
    expect(line).toContain('broker')
  })

  test('lets everybody begin at once where nothing is heavy to start', async () => {
    const { began, enter, settled } = world()
    for (const name of ['a', 'b']) enter(name, LIGHT).open()
    await settled()
    expect(began).toEqual(['a', 'b'])
  })

  test('waits for brokers that are heavy to start, then for clients that are', async () => {
    const { began, enter, settled } = world()
    const [broker, client, light] = [enter('broker', BROKER), enter('client', CLIENT), enter('light', LIGHT)]
    light.open()
    client.open()
    await settled()
    expect(began).toEqual([])
    broker.open()
    await settled()
    expect(began).toEqual(['client'])
    client.started()
    await settled()
    expect(began.toSorted()).toEqual(['broker', 'client', 'light'])
  })

  test('starts three heavy clients at once and the next as one of them is there', async () => {
    const { began, enter, settled } = world()
    const places = ['a', 'b', 'c', 'd'].map(name => enter(name, CLIENT))
    for (const place of places) place.open()
    await settled()
    expect(began).toEqual(['a', 'b', 'c'])
    places[1]?.started()
    await settled()
    expect(began).toEqual(['a', 'b', 'c', 'd'])
  })

  test('gives a slot to the next after half a minute, where clients that never come hold all of them', async () => {
    const { clock, began, enter } = world()
    for (const name of ['a', 'b', 'c', 'd']) enter(name, CLIENT).open()
    await clock.advanceTo(29_999)
    expect(began).toEqual(['a', 'b', 'c'])
    await clock.advanceTo(30_000)
    expect(began).toEqual(['a', 'b', 'c', 'd'])
  })

  test('does not wait for who was skipped or failed', async () => {
    const { began, enter, settled } = world()
    const skipped = enter('skipped', { broker: true, client: true })
    enter('light', LIGHT).open()
    await settled()
    expect(began).toEqual([])
    skipped.over()
    await settled()
    expect(began).toEqual(['light'])
  })

  test('waits half a minute for a program that does not come, and not at all once it is stopped', async () => {
    const { clock, stop, began, enter, settled } = world()
    enter('never', BROKER)
    enter('patient', LIGHT).open()
    await clock.advanceTo(29_999)
    expect(began).toEqual([])
    await clock.advanceTo(30_000)
    expect(began).toEqual(['patient'])
    enter('stopped', LIGHT).open()
    stop.abort()
    await settled()
    expect(began).toEqual(['patient', 'stopped'])
  })
})
