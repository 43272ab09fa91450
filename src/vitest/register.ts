import { afterAll, describe, test } from 'vitest'
import type { Lab } from '../labs/lab.ts'
import { lengthMs } from '../reporters/progress.ts'
import { harmless } from '../text/harmless.ts'
import { conclude } from './conclude.ts'
import { lineup } from './lineup.ts'
import type { HalfopenMeta, Part } from './order.ts'
import { play } from './play.ts'

export interface Registration {
  readonly parts: readonly Part[]
  readonly openLab: (name: string) => Lab
  /** Which of the parts are registered here; all, where absent. */
  readonly only?: (part: Part) => boolean
  readonly seed: number
  readonly requireAll: boolean
  readonly signal: AbortSignal
  /** Positions in scenario files count from here. */
  readonly cwd: string
  /** Stack frames of whoever asked for the scenarios. */
  readonly caller: readonly string[]
}

/** Starting brokers and clients comes before CONNACK, and ending them after `until`. Containers take longest. */
const AROUND_MS = 120_000

/** One for all suites of a thread: they are played together. */
const line = lineup()

/** Scenarios as concurrent tests, one `describe` per file, in labs that end with the last of them. */
export function registerScenarios(registration: Registration): void {
  const labs = new Map<string, Lab>()
  const theLab = (name: string) => {
    const lab = labs.get(name) ?? registration.openLab(name)
    labs.set(name, lab)
    return lab
  }
  afterAll(async () => {
    for (const lab of labs.values()) await lab[Symbol.asyncDispose]()
  }, AROUND_MS)

  for (const [file, numbers] of byFile(registration)) {
    describe.concurrent(harmless(file), () => {
      for (const number of numbers) registerOne(number, registration, theLab)
    })
  }
}

function registerOne(
  number: number,
  { parts, seed, signal, requireAll, caller, cwd }: Registration,
  lab: (name: string) => Lab,
): void {
  const part = parts[number]
  if (!part) return
  const options = { timeout: lengthMs(part.scenario) + AROUND_MS, meta: { halfopenPart: number } as object }
  test(part.scenario.name, options, async context => {
    if (signal.aborted) context.skip('stopped')
    const seat = { lab: lab(part.lab), lineup: line, seed, signal: AbortSignal.any([signal, context.signal]) }
    const played = await play(part, seat)
    if (signal.aborted) context.skip('stopped')
    ;(context.task.meta as HalfopenMeta).halfopen = played
    conclude(played, context, { requireAll, caller, cwd })
  })
}

function byFile({ parts, only = () => true }: Registration): Map<string, number[]> {
  const files = new Map<string, number[]>()
  for (const [number, part] of parts.entries()) {
    if (!only(part)) continue
    const { file } = part.scenario.position
    files.set(file, [...(files.get(file) ?? []), number])
  }
  return files
}
