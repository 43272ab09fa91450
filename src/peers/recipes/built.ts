import type { Availability } from '../../model/plugin.ts'
import { inRange } from '../../timing/version.ts'
import { buildFolder, inFolder } from './folder.ts'
import type { Command, Recipe } from './recipe.ts'
import { hashOf, readStamp } from './stamp.ts'

/** `changed`: it is there, but was made of something else than what `peers/` has now. */
export type BuildState = 'made' | 'changed' | 'absent'

export function stateOf(recipe: Recipe): BuildState {
  const stamp = readStamp(buildFolder(recipe))
  if (!stamp) return 'absent'
  return stamp.hash === hashOf(recipe) ? 'made' : 'changed'
}

/** What runs it; `undefined` where it is not made of what `peers/` has now. */
export const builtCommand = (recipe: Recipe): Command | undefined =>
  stateOf(recipe) === 'made' ? inFolder(recipe.run, buildFolder(recipe)) : undefined

/** The same; throws the reason where it is not made. */
export function requireBuilt(recipe: Recipe): Command {
  const command = builtCommand(recipe)
  if (command) return command
  const why = availabilityOf(recipe)
  throw new Error(why === true ? `${recipe.folder} is gone` : `${why.reason} (${why.remedy})`)
}

const REASONS = {
  absent: 'is not made on this machine',
  changed: 'was made of other sources than those that are here now',
} as const

/** Of a client or broker that comes by this recipe, in this version; absent: in any. */
export function availabilityOf(recipe: Recipe, version?: string): Availability {
  const state = stateOf(recipe)
  if (state === 'made') return versionLack(recipe.folder, versionOf(recipe), version)
  return { reason: `${recipe.folder} ${REASONS[state]}`, remedy: `npx halfopen peers ${recipe.folder}` }
}

/** Where another version is asked for than the machine has. Suffixes are ignored: Debian's 1.3.12-1 is 1.3.12. */
export function versionLack(name: string, have: string, asked: string | undefined): Availability {
  if (asked === undefined || inRange(have, `=${asked}`)) return true
  return {
    reason: `${name} ${asked} is asked for, and ${have} is here`,
    remedy: 'leave `version` out, or install that one',
  }
}

/** Of the library or broker, as its program says with `--version`; `unknown` where it is not made. */
export const versionOf = (recipe: Recipe): string => readStamp(buildFolder(recipe))?.version ?? 'unknown'
