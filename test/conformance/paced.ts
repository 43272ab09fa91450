/**
 * Plays scenarios side by side as `halfopen run` does: each begins when the machine bears it, and one that the machine spoilt is played
 * again by the rule of the product, which no fail ever is.
 */
import { afterAll, beforeAll } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { watchThread } from '../../src/engine/standing.ts'
import { watchHosts } from '../../src/hosts/host.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { checks, faults } from '../../src/plugins.ts'
import { lineup } from '../../src/vitest/lineup.ts'
import { REPLAYS } from '../../src/vitest/order.ts'
import { pace } from '../../src/vitest/pace.ts'
import { isSpoilt, replays } from '../../src/vitest/replay.ts'
import type { Seen } from './same.ts'

const speed = pace()
const line = lineup(undefined, speed)
const repeats = replays()
const signal = new AbortController().signal
let runs = 0

/** Call it once in a test file. `letter`: of its run ids, which must be unique on this machine. */
export function playedSideBySide(letter: string): (scenario: Scenario, lab: Lab) => Promise<Seen> {
  const stops: (() => void)[] = []
  beforeAll(() => void stops.push(watchThread(speed.restless), watchHosts(speed.restless)))
  afterAll(() => {
    for (const stop of stops) stop()
  })
  const playOnce = async (scenario: Scenario, lab: Lab): Promise<Seen> => {
    const place = line.enter(lab.heavy?.(scenario) ?? { broker: false, client: false }, signal)
    try {
      const options = { seed: 1, runId: `${letter}${process.pid.toString(36)}${(++runs).toString(36)}`, turn: place }
      const evidence = await run(scenario, lab, faults, options)
      return { lab: lab.kind.name, evidence, verdict: judge(evidence, checks) }
    } finally {
      place.over()
    }
  }
  return async (scenario, lab) => {
    const leave = repeats.first()
    let seen = await playOnce(scenario, lab).finally(leave)
    for (let again = 1; again <= REPLAYS && isSpoilt(seen.verdict); again++) {
      console.log(
        `played again in ${seen.lab}: ${scenario.name}: ${seen.verdict.outcomes.find(({ blame }) => blame)?.reason}`,
      )
      const done = await repeats.again(signal, again === REPLAYS)
      seen = await playOnce(scenario, lab).finally(done)
    }
    return seen
  }
}
