/** The lab that a measurement is made in: time is real there, or scaled for real programs. `calibrate` and `ratios` ask for it alike. */
import { accelerated } from '../labs/accelerated.ts'
import { orAll } from '../text/nearest.ts'
import { MOST_OF_PROGRAMS, mostSpeed } from '../timing/speed.ts'
import type { Listed } from './lists.ts'
import { theCatalog } from './project.ts'

const LABS = ['local', 'containers', accelerated.name]
/**
 * So much of the machine's time the shortest keep-alive takes where no speed is asked for. A hundredth of it, by which an offset may be
 * out, is 30 ms.
 */
const SHORTEST_TAKES_S = 3
/** Where time is scaled and no intervals are asked for: those that are worth it, in seconds. */
export const ACCELERATED_KEEPALIVES_S: readonly number[] = [60, 120, 180]

export const isAccelerated = (lab: string): boolean => lab === accelerated.name

export function readLab(name: string): Listed<string> {
  if (LABS.includes(name)) return { values: [name], problems: [] }
  if (theCatalog().vocabulary.labs.includes(name))
    return {
      values: [],
      problems: [`'${name}' has no real peers to measure; ${LABS.slice(0, -1).join(', ')} and ${LABS.at(-1)} have`],
    }
  return { values: [], problems: [`nothing is called '${name}'${orAll(name, LABS)}`] }
}

/** Only the lab accelerated has one: as asked for, else as fast as is well measured. `shortestS`: the shortest keep-alive. */
export function readSpeed(asked: number | undefined, lab: string, shortestS: number): Listed<number> {
  if (!isAccelerated(lab))
    return { values: [], problems: asked === undefined ? [] : [`only the lab ${accelerated.name} has a speed`] }
  const most = mostSpeed(shortestS)
  if (asked === undefined)
    return { values: [Math.min(MOST_OF_PROGRAMS, Math.max(1, Math.floor(shortestS / SHORTEST_TAKES_S)))], problems: [] }
  return asked > most
    ? {
        values: [],
        problems: [`a keep-alive of ${shortestS} s allows ${most}: it takes at least a second of the machine`],
      }
    : { values: [asked], problems: [] }
}

/** As tables and profiles say it: `accelerated x20`. */
export const labText = (lab: string, speed = 1): string => (speed === 1 ? lab : `${lab} x${speed}`)
