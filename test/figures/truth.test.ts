/**
 * Whether the figures are true: simulated measurements whose truth is known, several hundred of them. What is told must hold the
 * truth in 95 of 100, as it is printed, and nothing may be off by more than 0.02 K or 0.3 s that is told without a doubt.
 */
import { describe, expect, test } from 'vitest'
import { brokerRow, clientRow } from '../../src/figures/peer-rows.ts'
import { FIGURES, lineText, timeWithin } from '../../src/figures/ratio-words.ts'
import {
  BUSY,
  between,
  brokerRuns,
  CALM,
  clientRuns,
  EPOLL_MS,
  type Machine,
  oneOf,
  type Random,
  randomFrom,
} from './simulated.ts'

const SEED = Number(process.env.HALFOPEN_SEED ?? 20_261_126)
const MORE = process.env.HALFOPEN_SLOW ? 10 : 1
const GRIDS = [
  [1, 2, 3],
  [2, 4, 6, 8],
  [2, 6, 8],
  [2, 4],
  [3, 5, 9],
]

/** One figure of one case. */
interface Told {
  readonly figure: string
  readonly printed: string
  readonly off: number
  readonly margin: number
  /** How far it may be off where it is told without a doubt. */
  readonly most: number
}

const UNITS = { ms: 1, s: 1000 } as const
const inMs = (value: string, unit: string): number => Number(value) * UNITS[unit as keyof typeof UNITS]

/** As a reader takes it: without a margin the last digit is right to one, and an offset that is not shown is below 50 ms. */
function factorIn(text: string): readonly [number, number] {
  const [, k, margin] = /^([\d.]+)K(?: ±([\d.]+))?/.exec(text) ?? []
  return [Number(k), margin === undefined ? 0.01 : Number(margin)]
}
function timeIn(text: string): readonly [number, number] {
  const [, sign, value = '0', unit = 'ms', margin, its = 'ms'] =
    /([-+])? ?([\d.]+) (ms|s)(?: ±([\d.]+) (ms|s))?$/.exec(text) ?? []
  const ms = inMs(value, unit) * (sign === '-' ? -1 : 1)
  const digit = unit === 'ms' ? 1 : ms < 9950 ? 10 : 100
  if (margin !== undefined) return [ms, inMs(margin, its)]
  return /K$|±[\d.]+$/.test(text) ? [0, 50] : [ms, digit]
}

interface Truth {
  readonly k: number
  readonly ms: number
}
type Shown = readonly [value: number, margin: number]

const told = (figure: string, printed: string, [shown, margin]: Shown, truth: number, most: number): Told => ({
  figure,
  printed,
  off: Math.abs(shown - truth),
  margin,
  most,
})

function lineTold(figure: string, line: Parameters<typeof lineText>[0] | undefined, truth: Truth): readonly Told[] {
  if (!line) return []
  const text = lineText(line)
  return [
    told(`factor, ${figure}`, text, factorIn(text), truth.k, 0.02),
    told(`offset, ${figure}`, text, timeIn(text), truth.ms, 300),
  ]
}

function clientCase(machine: Machine, random: Random): readonly Told[] {
  const rule = { k: between(random, 0.5, 2.5), ms: oneOf(random, [0, 0, between(random, -200, 500), 10_000]) }
  const grid = { keepalivesS: oneOf(random, GRIDS), phases: oneOf(random, [2, 3, 4]) }
  const row = clientRow('one', clientRuns(rule, grid, machine, random))
  return [...lineTold(FIGURES.afterAnswer, row.afterAnswer, rule), ...lineTold(FIGURES.ping, row.ping, { k: 1, ms: 0 })]
}

function brokerCase(machine: Machine, random: Random): readonly Told[] {
  const wholeSeconds = random() < 0.3
  // What is rounded down must be whole, or the truth is no line.
  const due = wholeSeconds
    ? { k: 1.5, ms: 0 }
    : { k: oneOf(random, [1.5, 1.5, between(random, 1, 2)]), ms: oneOf(random, [0, 1, between(random, 0, 400)]) }
  const rule = { ...due, wholeSeconds, looksEveryMs: oneOf(random, [0, 0, 1000, 2000, 5000, 6000]) }
  const even = GRIDS.filter(keepalivesS => keepalivesS.every(keepaliveS => keepaliveS % 2 === 0))
  const keepalivesS = oneOf(random, wholeSeconds ? even : GRIDS)
  const row = brokerRow('one', brokerRuns(rule, { keepalivesS }, machine, random))
  const widthMs = rule.looksEveryMs === 0 ? 0 : rule.looksEveryMs + EPOLL_MS / 2
  const grain = row.granularityMs === undefined ? undefined : timeWithin(row.granularityMs, row.granularityWithinMs)
  return [
    ...lineTold(FIGURES.afterLastPacket, row.afterLastPacket, due),
    ...(grain === undefined ? [] : [told(FIGURES.granularity, grain, timeIn(grain), widthMs, 300)]),
  ]
}

/** Of binary fractions. */
const DUST = 1e-9
const holds = ({ off, margin }: Told) => off <= margin + DUST

/** By figure: in which part of the cases its margins hold the truth, were they so many times as wide. */
const heldParts = (all: readonly Told[], times = 1) =>
  [...new Set(all.map(({ figure }) => figure))].map(figure => {
    const own = all.filter(each => each.figure === figure)
    return own.filter(each => holds({ ...each, margin: times * each.margin })).length / own.length
  })

describe.each([
  ['clients', clientCase, 4, 300],
  ['brokers', brokerCase, 3, 150],
] as const)('%s', (_, simulate, figures, cases) => {
  test.each([
    ['calm', CALM, 0.97],
    ['busy', BUSY, 0.75],
  ] as const)('on a %s machine', { timeout: 60_000 * MORE }, (__, machine, leastTold) => {
    const random = randomFrom(SEED)
    const all = Array.from({ length: cases * MORE }, () => simulate(machine, random)).flat()
    const seed = `HALFOPEN_SEED=${SEED}`
    expect(
      all.filter(({ off, most }) => off > most + DUST),
      seed,
    ).toEqual([])
    expect(Math.min(...heldParts(all)), seed).toBeGreaterThanOrEqual(0.95)
    // Who tells nothing is never wrong: most has to be told.
    expect(all.length / (figures * cases * MORE), seed).toBeGreaterThan(leastTold)
    // The canary: were the margins a tenth of what they are, they would not hold.
    expect(Math.min(...heldParts(all, 0.1)), seed).toBeLessThan(0.9)
  })
})
