import type { Scenario } from '../model/scenario.ts'
import { Complaint, EXIT } from './exit.ts'
import { fewDescriptors, LEAST_DESCRIPTORS, roomFor } from './limits.ts'

/**
 * Descriptors, counted while suites of 12 and 30 ran (Node 20.20, Linux): 6 to 9 for a scenario with one client in the labs local
 * and netns, programs of any kind included; 4.2 for each device of a fleet, 6.2 behind a Toxiproxy; 26 for Node and vitest.
 */
const OF_HALFOPEN = 128
const OF_A_SCENARIO = 8
const OF_A_DEVICE = 7

interface Sized {
  readonly client: Pick<Scenario['client'], 'count'>
}

export interface Room {
  /** Scenarios at once. */
  readonly jobs: number
  /** What to say where these are fewer than asked for. */
  readonly note?: string
}

export const neededFor = ({ client }: Sized): number => OF_A_SCENARIO + OF_A_DEVICE * client.count

/** For so many of the costliest at once. */
export function neededAtOnce(scenarios: readonly Sized[], jobs: number): number {
  const needs = scenarios.map(neededFor).toSorted((a, b) => b - a)
  return Math.max(
    LEAST_DESCRIPTORS,
    needs.slice(0, jobs).reduce((sum, need) => sum + need, OF_HALFOPEN),
  )
}

/** How many can be played at once with `free` descriptors, `most` at most. Complains where a scenario does not fit alone. */
export function roomIn(free: number, scenarios: readonly Scenario[], most: number): Room {
  const asked = Math.min(most, scenarios.length)
  let jobs = asked
  while (jobs > 0 && neededAtOnce(scenarios, jobs) > free) jobs--
  if (jobs === asked) return { jobs: most }
  if (jobs > 0) {
    const enough = `ulimit -n ${roomFor(neededAtOnce(scenarios, asked))}`
    return { jobs, note: `${free} files may be open, so ${jobs} of ${asked} are played at once; all with ${enough}` }
  }
  const [widest] = scenarios.toSorted((a, b) => b.client.count - a.client.count)
  const needed = widest ? OF_HALFOPEN + neededFor(widest) : 0
  throw new Complaint(`error: '${widest?.name}': ${fewDescriptors(free, needed)}`, EXIT.inconclusive)
}
