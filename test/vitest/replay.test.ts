import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../src/model/verdict.ts'
import type { OrderPart, PlayedOrder } from '../../src/vitest/order.ts'
import { attempt, earlier, isWorthReplaying, replays } from '../../src/vitest/replay.ts'

const played = (verdict: Partial<Verdict>): PlayedOrder =>
  ({
    report: { verdict: { result: 'inconclusive', outcomes: [], troubles: [], ...verdict } },
  }) as unknown as PlayedOrder
const calm = new AbortController().signal
const settled = () => new Promise(resolve => setImmediate(resolve))

test('only an inconclusive by the doing of the harness is played again, never a fail', () => {
  expect(isWorthReplaying(played({ blame: 'harness' }))).toBe(true)
  expect(isWorthReplaying(played({}))).toBe(false)
  for (const result of ['fail', 'pass', 'unsupported'] as const)
    expect(isWorthReplaying(played({ result, blame: 'harness' }))).toBe(false)
})

test('each attempt has a name of its own at the broker, within 12 characters', () => {
  const part = { runId: 'abcdef2i' } as OrderPart
  expect([1, 2, 3].map(number => attempt(part, number).runId)).toEqual(['abcdef2i', 'abcdef2i-2', 'abcdef2i-3'])
})

test('the reason of an attempt is that of the finding which was excused', async () => {
  const outcomes = [{ reason: 'fine' }, { reason: 'the broker got no processor', blame: 'harness' }] as never
  expect(await earlier(played({ outcomes }), 1)).toEqual({ reason: 'the broker got no processor' })
})

describe('a replay', () => {
  test('the last attempt waits until few others play, and goes alone', async () => {
    const { first, again } = replays()
    const leave = [1, 2, 3, 4, 5, 6].map(() => first())
    const began: string[] = []
    const ends: (() => void)[] = []
    for (const name of ['a', 'b']) void again(calm, true).then(end => ends.push(end) && began.push(name))
    await settled()
    expect(began).toEqual([])
    leave[0]?.()
    leave[0]?.()
    await settled()
    expect(began).toEqual([])
    leave[1]?.()
    await settled()
    expect(began).toEqual(['a'])
    ends[0]?.()
    await settled()
    expect(began).toEqual(['a', 'b'])
  })

  test('earlier attempts go together, a few at a time, and none of them beside one that is alone', async () => {
    const { again } = replays()
    const began: string[] = []
    const ends: (() => void)[] = []
    const ask = (name: string, alone: boolean) =>
      void again(calm, alone).then(end => ends.push(end) && began.push(name))
    for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name, false)
    ask('alone', true)
    ask('f', false)
    await settled()
    expect(began).toEqual(['a', 'b', 'c', 'd'])
    ends[0]?.()
    await settled()
    expect(began).toEqual(['a', 'b', 'c', 'd', 'e'])
    for (const end of ends.slice(1)) end()
    await settled()
    expect(began.at(-1)).toBe('alone')
    ends.at(-1)?.()
    await settled()
    expect(began.at(-1)).toBe('f')
  })

  test('does not wait once the run is stopped', async () => {
    const { first, again } = replays()
    for (let i = 0; i < 9; i++) first()
    const stop = new AbortController()
    const turn = again(stop.signal, true)
    stop.abort()
    expect(await turn).toBeTypeOf('function')
  })
})
