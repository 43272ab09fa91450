import { describe, expect, test } from 'vitest'
import { connectionUnderTest, historiesOf } from '../../src/judge/history.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { run } from '../evidence/builder.ts'

function only(evidence: Evidence) {
  const [history] = historiesOf(evidence)
  if (!history) throw new Error('no device')
  return history
}

describe('the keep-alive in force', () => {
  const K = (scenarioS: number, connectS: number | undefined, serverS?: number) =>
    only(
      run({ keepaliveS: scenarioS })
        .up(0, 'connect', connectS === undefined ? {} : { keepaliveS: connectS })
        .down(0, 'connack', { code: 0, ...(serverS !== undefined && { serverKeepAliveS: serverS }) })
        .ended(1000),
    ).keepaliveMs

  test("is the broker's, else the CONNECT's, else the scenario's", () => {
    expect(K(60, 30, 10)).toBe(10_000)
    expect(K(60, 30)).toBe(30_000)
    expect(K(60, undefined)).toBe(60_000)
    expect(K(60, 0)).toBe(0)
  })
})

describe('a fleet', () => {
  const evidence = run({ count: 2 })
    .on(1, 1)
    .connect(0)
    .on(2, 2)
    .connect(10)
    .on(3, 1)
    .connect(500)
    .broker(600, 'keepalive-timeout')
    .add(700, { who: 'broker', what: 'frozen' })
    .add(800, { who: 'broker', what: 'log', note: 'of nobody' })
    .expired('idle-cut#0', 900)
    .ended(1000)
  const [first, second] = historiesOf(evidence)

  test('has its connections sorted by the client id of their CONNECT', () => {
    expect(first?.connections.map(({ conn }) => conn)).toEqual([1, 3])
    expect(second?.connections.map(({ conn }) => conn)).toEqual([2])
  })

  test('what is said of one device is not said of another, what befalls the broker is said of all', () => {
    expect(first?.peers.map(({ what }) => what)).toEqual(['started', 'started', 'keepalive-timeout', 'frozen'])
    expect(second?.peers.map(({ what }) => what)).toEqual(['started', 'frozen'])
  })

  test('a fault that took hold of one connection held for its device only', () => {
    expect(first?.holds).toHaveLength(1)
    expect(second?.holds).toHaveLength(0)
  })
})

describe('the connection under test', () => {
  /** As the engine records an order that takes a moment: asked, done, held. */
  const struck = (heldMs: number) =>
    run()
      .connect(0)
      .add(3000, { who: 'harness', what: 'fault-asked', fault: 'kill#0' })
      .end(3001, 'broker', 'broker', 'rst')
      .add(heldMs, { who: 'harness', what: 'fault-held', fault: 'kill#0' })
      .ended(9000)

  test('is the one that lived when the fault was asked for, though it was over before it held', () =>
    expect(connectionUnderTest(only(struck(3005)))).toMatchObject({ conn: 1 }))

  test('is none where the fault found none alive', () =>
    expect(
      connectionUnderTest(only(run().connect(0).end(2000, 'client', 'client').fault('blackhole', 3000).ended(9000))),
    ).toBe('no live connection when blackhole#0 held'))

  test('is none without a CONNACK that accepts', () =>
    expect(connectionUnderTest(only(run().connect(0, { code: 5 }).ended(9000)))).toBe('no CONNACK reached the client'))
})
