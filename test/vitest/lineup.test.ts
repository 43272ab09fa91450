import { describe, expect, test } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { lineup } from '../../src/vitest/lineup.ts'

const LIGHT = { broker: false, client: false }
const BROKER = { broker: true, client: false }
const CLIENT = { broker: false, client: true }

/** A line-up in virtual time, and a log of who began. */
function world() {
  const clock = virtualClock()
  const line = lineup(clock)
  const stop = new AbortController()
  const began: string[] = []
  const enter = (name: string, heavy: typeof LIGHT) => {
    const place = line.enter(heavy, stop.signal)
    return { ...place, open: () => void place.opened().then(() => began.push(name)) }
  }
  return { clock, stop, began, enter, settled: () => clock.advanceTo(clock.nowMs()) }
}

describe('the line-up of a suite', () => {
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
