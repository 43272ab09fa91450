import { describe, expect, it } from 'vitest'
import { pool } from '../../src/processes/pool.ts'

function maker() {
  const made: { ended: boolean; [Symbol.asyncDispose](): Promise<void> }[] = []
  const make = async () => {
    const thing = {
      ended: false,
      async [Symbol.asyncDispose]() {
        thing.ended = true
      },
    }
    made.push(thing)
    return thing
  }
  return { made, make }
}

describe('the pool', () => {
  it('makes one for all who share a key, also at the same time', async () => {
    const { made, make } = maker()
    const things = pool()
    const loans = await Promise.all([things.share('a', make), things.share('a', make), things.share('b', make)])
    expect(made).toHaveLength(2)
    expect(loans[0]?.value).toBe(loans[1]?.value)
    await loans[0]?.[Symbol.asyncDispose]()
    expect(made[0]?.ended).toBe(false)
    await things[Symbol.asyncDispose]()
    expect(made.map(thing => thing.ended)).toEqual([true, true])
  })

  it('gives an own one to nobody else, and ends it with its loan', async () => {
    const { made, make } = maker()
    const things = pool()
    const [shared, own] = [await things.share('a', make), await things.own(make)]
    expect(own.value).not.toBe(shared.value)
    await own[Symbol.asyncDispose]()
    expect(made.map(thing => thing.ended)).toEqual([false, true])
    await things[Symbol.asyncDispose]()
  })

  it('ends own ones too that nobody gave back', async () => {
    const { made, make } = maker()
    const things = pool()
    await things.own(make)
    await things[Symbol.asyncDispose]()
    expect(made[0]?.ended).toBe(true)
  })

  it('tries again after a failure', async () => {
    const { made, make } = maker()
    const things = pool()
    await expect(things.share('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect((await things.share('a', make)).value).toBe(made[0])
    await things[Symbol.asyncDispose]()
  })

  it('makes a new one for a retired key, and still ends the old one', async () => {
    const { made, make } = maker()
    const things = pool()
    await things.share('a', make)
    things.retire('a')
    await things.share('a', make)
    await things[Symbol.asyncDispose]()
    expect(made.map(thing => thing.ended)).toEqual([true, true])
  })
})
