/**
 * A known cause is played, its log is written in the words of every program that can tell it, and the diagnosis has to name
 * the true cause first, or among those that it says it can't tell apart from the first, in at least 95 of 100 logs.
 */
import { describe, expect, test } from 'vitest'
import { CLIENT_GENERATORS, CLIENT_WRITERS } from './client-side.ts'
import type { Diagnosed } from './diagnosed.ts'
import { diagnosed } from './diagnosed.ts'
import { GENERATORS, healthy, type Known, numbersOf } from './known.ts'
import { amongOthers, cutOff, withStrangers } from './noise.ts'
import { WRAPS } from './wrapped.ts'
import { canTell, mosquitto, STAMPS, WRITERS } from './written.ts'

const SEEDS = process.env.HALFOPEN_SLOW === '1' ? 60 : 5

/** What is said first, of each client and of all together. */
function said({ diagnosis }: Diagnosed): readonly string[] {
  return [
    ...diagnosis.overall.map(({ cause }) => cause),
    ...diagnosis.subjects.flatMap(({ ranking, tied }) => ranking.slice(0, tied).map(({ cause }) => cause)),
  ]
}

/** The true cause is said, of every client that is spoken of at all. */
function isRight({ truth }: Known, found: Diagnosed): boolean {
  const all = found.diagnosis.subjects.every(({ ranking, tied }) =>
    ranking.slice(0, tied).some(({ cause }) => truth.includes(cause)),
  )
  return said(found).some(cause => truth.includes(cause)) && (all || truth.includes('all-at-once'))
}

/** Bounds hold the truth, and a lower one is below its upper one. */
function boundsHold({ tS }: Known, { diagnosis }: Diagnosed): boolean {
  const all = diagnosis.subjects.flatMap(({ ranking }) => ranking.flatMap(({ bounds = [] }) => bounds))
  if (all.some(({ aboveMs, atMostMs }) => aboveMs >= atMostMs)) return false
  const [first] = all
  // Dates in whole seconds are exact to one of them at each end.
  return tS === undefined || !first || (first.aboveMs <= tS * 1000 + 2000 && first.atMostMs >= tS * 1000 - 2000)
}

describe('a known cause', () => {
  for (const [name, generator] of Object.entries(GENERATORS)) {
    const { make } = generator
    test(`${name} is named first, whoever logs it`, () => {
      const wrong: string[] = []
      let logs = 0
      const told: string[] = []
      for (const [program, writer] of Object.entries(WRITERS)) {
        if (!canTell(writer, generator)) continue
        const before = wrong.length
        for (let seed = 1; seed <= SEEDS; seed++) {
          const known = make(numbersOf(seed * 7919 + name.length))
          const found = diagnosed(writer.write(known))
          logs++
          expect(found.report.understood, `${program}, seed ${seed}: ${found.report.stranger?.text}`).toBe(
            found.report.lines,
          )
          if (!isRight(known, found) || !boundsHold(known, found))
            wrong.push(`${program}, seed ${seed}: ${said(found).join(' + ') || 'nothing'}`)
        }
        told.push(`${program} ${SEEDS - wrong.length + before}`)
      }
      expect(logs).toBeGreaterThan(SEEDS)
      if (process.env.HALFOPEN_SLOW === '1')
        console.log(`${name}: ${logs - wrong.length} of ${logs}; of ${SEEDS} each: ${told.join(', ')}`)
      expect(wrong.length / logs, wrong.join('\n')).toBeLessThanOrEqual(0.05)
    })
  }

  for (const [name, { make, shows }] of Object.entries(CLIENT_GENERATORS)) {
    test(`${name} is named first, whichever client logs it`, () => {
      const wrong: string[] = []
      const told: string[] = []
      for (const [program, writer] of Object.entries(CLIENT_WRITERS)) {
        if (!shows.includes(writer.shows)) continue
        const before = wrong.length
        for (let seed = 1; seed <= SEEDS; seed++) {
          const known = make(numbersOf(seed * 7919 + name.length))
          const found = diagnosed(writer.write(known))
          const { understood, lines, stranger } = found.report
          expect(understood, `${program}, seed ${seed}: ${stranger?.text}`).toBe(lines)
          if (!isRight(known, found) || !boundsHold(known, found))
            wrong.push(`${program}, seed ${seed}: ${said(found).join(' + ') || 'nothing'}`)
        }
        told.push(`${program} ${SEEDS - wrong.length + before}`)
      }
      if (process.env.HALFOPEN_SLOW === '1') console.log(`${name}: of ${SEEDS} each: ${told.join(', ')}`)
      expect(wrong.length / told.length / SEEDS, wrong.join('\n')).toBeLessThanOrEqual(0.05)
    })
  }

  test('that comes at fixed intervals is named where nothing but ends is logged, each of them as late as a scan', () => {
    const { VerneMQ } = WRITERS
    const { asleep } = GENERATORS
    if (!VerneMQ || !asleep) throw new Error('they are gone')
    const wrong = Array.from({ length: 60 }, (_, seed) => seed + 1).filter(seed => {
      const known = asleep.make(numbersOf(seed * 7919 + 'asleep'.length))
      return !isRight(known, diagnosed(VerneMQ.write(known)))
    })
    expect(wrong).toEqual([])
  })

  const NOISES = {
    'among other clients': 'others',
    'with lines of other programs': 'strangers',
    'cut off at its start': 'cut',
  } as const
  for (const [words, noise] of Object.entries(NOISES)) {
    test(`is named first ${words}`, () => {
      const wrong: string[] = []
      const told: string[] = []
      let logs = 0
      for (const [name, generator] of Object.entries(GENERATORS)) {
        const before = { wrong: wrong.length, logs }
        for (const [program, writer] of Object.entries(WRITERS)) {
          if (!canTell(writer, generator)) continue
          // A nameless client can't be told from others.
          if (noise === 'others' && writer.names === false) continue
          for (let seed = 1; seed <= Math.ceil(SEEDS / 3); seed++) {
            const random = numbersOf(seed * 104_729 + program.length)
            const known = generator.make(random)
            const text = writer.write(noise === 'others' ? amongOthers(known, random) : known)
            const found = diagnosed(
              noise === 'cut' ? cutOff(text, random) : noise === 'strangers' ? withStrangers(text, random) : text,
            )
            logs++
            if (!isRight(known, found))
              wrong.push(`${name}, ${program}, seed ${seed}: ${said(found).join(' + ') || 'nothing'}`)
          }
        }
        told.push(`${name} ${logs - before.logs - wrong.length + before.wrong}/${logs - before.logs}`)
      }
      if (process.env.HALFOPEN_SLOW === '1') console.log(`${words}: ${told.join(', ')}`)
      expect(wrong.length / logs, wrong.join('\n')).toBeLessThanOrEqual(0.05)
    })
  }

  test.each(Object.keys(STAMPS))('the stamp %s changes nothing', stamp => {
    for (const name of ['silentBox', 'vanishing', 'stepped']) {
      const known = GENERATORS[name]?.make(numbersOf(stamp.length * 101 + name.length)) as Known
      const plain = diagnosed(mosquitto('2.0', true, STAMPS.epoch as never)(known))
      const found = diagnosed(mosquitto('2.0', true, STAMPS[stamp] as never)(known))
      expect(found.report).toMatchObject({ understood: found.report.lines, undated: 0 })
      expect(said(found)).toEqual(said(plain))
    }
  })

  test.each(Object.keys(WRAPS))('%s changes nothing', wrap => {
    const known = GENERATORS.silentBox?.make(numbersOf(wrap.length)) as Known
    const text = mosquitto('2.0', true, STAMPS.epoch as never)(known)
    const found = diagnosed((WRAPS[wrap] as (text: string) => string)(text))
    expect(found.report).toMatchObject({ understood: found.report.lines - found.report.empty, undated: 0 })
    expect(said(found)).toEqual(said(diagnosed(text)))
  })
})

describe('no trouble', () => {
  test('gives no finding and no advice, in any words', () => {
    for (const [program, { write }] of Object.entries({ ...WRITERS, ...CLIENT_WRITERS })) {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const found = diagnosed(write(healthy(numbersOf(seed * 31))))
        expect(said(found), `${program}, seed ${seed}`).toEqual([])
        expect(found.text).toContain('No pattern')
        expect(found.text).not.toContain('to do')
      }
    }
  })
})

describe('several at once', () => {
  test('are several findings', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const vanishing = GENERATORS.vanishing?.make(numbersOf(seed)) as Known
      const box = GENERATORS.closingProxy?.make(numbersOf(seed + 500)) as Known
      const own = (known: Known, id: string) =>
        known.happened.map(each => ({ ...each, ...(each.id === undefined ? {} : { id }) }))
      const both: Known = { truth: [], happened: [...own(vanishing, 'lamp-a'), ...own(box, 'web-1')] }
      const { diagnosis } = diagnosed(mosquitto('2.0', true, STAMPS.iso as never)(both))
      const first = (id: string) => diagnosis.subjects.find(({ ids }) => ids.includes(id))?.ranking[0]?.cause
      expect([first('lamp-a'), first('web-1')], `seed ${seed}`).toEqual(['client-vanished', 'idle-timeout'])
    }
  })
})
