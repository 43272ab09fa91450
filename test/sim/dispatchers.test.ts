import { setTimeout as nodeSetTimeout } from 'node:timers'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { VIRTUAL_EPOCH_MS } from '../../src/clock/virtual.ts'
import { seededRandom } from '../../src/engine/timeline.ts'
import { installDispatchers } from '../../src/sim/dispatchers.ts'
import { startSim } from '../../src/sim/sim.ts'

/** Plays `body` inside a simulation until `untilMs`; returns what it noted, with the virtual time before it. */
async function played(untilMs: number, body: (note: (text: string) => void) => void): Promise<string[]> {
  const sim = startSim()
  const notes: string[] = []
  sim.enter(() => body(text => notes.push(`${sim.clock.nowMs()} ${text}`)))
  await sim.clock.advanceTo(untilMs)
  return notes
}

describe('inside a simulation', () => {
  test('timers follow Node: 0, negative, NaN and too long mean 1 ms; fractions are cut', async () => {
    const notes = await played(10, note => {
      for (const ms of [0, -5, Number.NaN, 2 ** 31, 2.9]) setTimeout(note, ms, `asked ${ms}`)
      setTimeout(() => note('asked nothing'))
    })
    expect(notes).toEqual([
      '1 asked 0',
      '1 asked -5',
      '1 asked NaN',
      '1 asked 2147483648',
      '1 asked nothing',
      '2 asked 2.9',
    ])
  })

  test('an interval is set again after its callback, and may clear itself', async () => {
    const notes = await played(100, note => {
      let left = 3
      const timer = setInterval(() => {
        note('tick')
        if (--left === 0) clearInterval(timer)
      }, 10)
    })
    expect(notes).toEqual(['10 tick', '20 tick', '30 tick'])
  })

  test('refresh counts from now, revives what has fired, and not what was cleared', async () => {
    const notes = await played(100, note => {
      const moved = setTimeout(note, 10, 'moved')
      setTimeout(() => moved.refresh(), 5)
      setTimeout(() => moved.refresh(), 40)
      const cleared = setTimeout(note, 10, 'cleared')
      clearTimeout(cleared)
      cleared.refresh()
    })
    expect(notes).toEqual(['15 moved', '50 moved'])
  })

  test('ref, unref, hasRef, close and dispose are there', async () => {
    const notes = await played(100, note => {
      const timer = setTimeout(note, 5, 'unrefed timers fire too')
      note(`${timer.hasRef()} ${timer.unref().hasRef()} ${timer.ref().hasRef()}`)
      setTimeout(note, 6, 'closed').close()
      setTimeout(note, 7, 'disposed')[Symbol.dispose]()
    })
    expect(notes).toEqual(['0 true false true', '5 unrefed timers fire too'])
  })

  test('a timer can be cleared by its number', async () => {
    const notes = await played(100, note => clearTimeout(Number(setTimeout(note, 5, 'never'))))
    expect(notes).toEqual([])
  })

  test('promisified timers wait in virtual time', async () => {
    const started = performance.now()
    const notes = await played(3_600_000, note => {
      void promisify(setTimeout)(1_800_000, 'half an hour').then(note)
    })
    expect(notes).toEqual(['1800000 half an hour'])
    // Not a thirtieth of it, on the busiest machine.
    expect(performance.now() - started).toBeLessThan(60_000)
  })

  test('time stands still until every immediate is done, however many call each other', async () => {
    const notes = await played(2, note => {
      setTimeout(() => {
        let left = 50
        const again = () =>
          --left ? setImmediate(() => Promise.resolve().then(() => process.nextTick(again))) : note('done')
        again()
      }, 1)
      setTimeout(note, 2, 'next')
    })
    expect(notes).toEqual(['1 done', '2 next'])
  })

  test('a cleared immediate neither runs nor holds time up', async () => {
    const notes = await played(1, note => {
      clearImmediate(setImmediate(note, 'never'))
      setTimeout(note, 1, 'on')
    })
    expect(notes).toEqual(['1 on'])
  })

  test('the date and chance are the simulation’s own', async () => {
    const chance: number[][] = []
    for (const seed of [7, 7, 8]) {
      const sim = startSim()
      sim.lend(seededRandom(seed))
      const drawn = sim.enter(() => [Math.random(), Math.random()])
      chance.push(drawn)
      await sim.clock.advanceTo(1500.75)
      expect(sim.enter(() => Date.now())).toBe(VIRTUAL_EPOCH_MS + 1500)
    }
    expect(chance[0]).toEqual(chance[1])
    expect(chance[0]).not.toEqual(chance[2])
  })

  test('what a callback throws ends the wait, from a timer and from an immediate', async () => {
    const failing = (start: () => void) => {
      const sim = startSim()
      sim.enter(start)
      return sim.clock.advanceTo(10)
    }
    await expect(failing(() => setTimeout(() => thrown('timer'), 5))).rejects.toThrow('from a timer')
    await expect(failing(() => setImmediate(() => thrown('immediate')))).rejects.toThrow('from a immediate')
  })
})

describe('outside a simulation', () => {
  test('timers, date and chance are the machine’s', async () => {
    installDispatchers()
    expect(setTimeout(() => undefined, 0)).not.toHaveProperty('clock')
    expect(Math.abs(Date.now() - (performance.timeOrigin + performance.now()))).toBeLessThan(1000)
    await new Promise(resolve => setTimeout(resolve, 1))
    await new Promise(resolve => setImmediate(resolve))
    expect(await promisify(setTimeout)(1, 'value')).toBe('value')
    clearTimeout(nodeSetTimeout(() => undefined, 1))
    expect(() => setTimeout('no function' as never, 1)).toThrow(/ERR_INVALID_ARG_TYPE|callback/)
  })

  test('real time passes beside a simulation that stands still', async () => {
    const sim = startSim()
    let fired = false
    sim.enter(() => setTimeout(() => (fired = true), 1))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(fired).toBe(false)
  })
})

test('two hundred simulations at once do not see each other', async () => {
  const play = (seed: number) =>
    played(60_000, note => {
      const tick = () => {
        note(`${Date.now() - VIRTUAL_EPOCH_MS}`)
        setImmediate(() => setTimeout(tick, 100 + seed))
      }
      tick()
    })
  const alone = []
  for (let seed = 0; seed < 200; seed++) alone.push(await play(seed))
  expect(await Promise.all(alone.map((_, seed) => play(seed)))).toEqual(alone)
})

describe('fake timers', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('refuse a simulation instead of bending its time', () => {
    installDispatchers()
    vi.useFakeTimers()
    expect(() => startSim()).toThrow(/setTimeout.*vi\.useRealTimers/s)
    vi.useRealTimers()
    expect(() => startSim()).not.toThrow()
  })
})

function thrown(where: string): never {
  throw new Error(`from a ${where}`)
}
