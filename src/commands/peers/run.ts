import { rm } from 'node:fs/promises'
import { stateOf } from '../../peers/recipes/built.ts'
import { buildFolder, logFile } from '../../peers/recipes/folder.ts'
import { type Made, make } from '../../peers/recipes/make.ts'
import type { Recipe } from '../../peers/recipes/recipe.ts'
import { endMarked, guardMarked, MARK_VARIABLE, newMark } from '../../processes/mark.ts'
import { guardDirectory } from '../../processes/reaper.ts'
import { EXIT } from '../../terminal/exit.ts'
import { say } from '../../terminal/say.ts'
import { untilStopped } from '../../terminal/stop.ts'
import { installPackages, missingPackages } from './apt.ts'
import { recipesNamed } from './recipes.ts'
import { madeText, stateText } from './text.ts'

export interface PeersOptions {
  readonly apt?: boolean
  readonly list?: boolean
  readonly remove?: boolean
}

/** Compilers use a core each and much memory. */
const AT_ONCE = 2

/** `halfopen peers`: makes what is not made yet. Its exit code. */
export async function makePeers(names: readonly string[], options: PeersOptions): Promise<number> {
  const recipes = recipesNamed(names)
  const width = Math.max(...recipes.map(({ folder }) => folder.length))
  if (options.list) {
    for (const recipe of recipes) say(stateText(recipe, stateOf(recipe), width))
    return EXIT.pass
  }
  if (options.remove) {
    for (const recipe of recipes) await remove(recipe)
    return EXIT.pass
  }
  const makeThem = async (signal: AbortSignal): Promise<number> => {
    if (options.apt) await installPackages(await missingPackages(recipes), signal)
    const made = await makeAll(recipes, signal, (recipe, result) => say(madeText(recipe, result, width)))
    return made.some(isFailure) ? EXIT.inconclusive : EXIT.pass
  }
  return untilStopped(
    ({ signal }) => makeThem(signal),
    () => {},
  )
}

const isFailure = ({ result }: Made): boolean =>
  result === 'failed' || (result === 'skipped' && process.env.HALFOPEN_REQUIRE === 'all')

async function makeAll(
  recipes: readonly Recipe[],
  signal: AbortSignal,
  done: (recipe: Recipe, made: Made) => void,
): Promise<readonly Made[]> {
  const mark = newMark()
  const release = guardMarked()
  const queue = [...recipes]
  const results: Made[] = []
  const makeNext = async (): Promise<void> => {
    for (let recipe = queue.shift(); recipe && !signal.aborted; recipe = queue.shift()) {
      const made = await make(recipe, { signal, guardDirectory, env: { [MARK_VARIABLE]: mark } })
      results.push(made)
      done(recipe, made)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, makeNext))
  await endMarked(mark)
  release()
  return results
}

async function remove(recipe: Recipe): Promise<void> {
  if (stateOf(recipe) !== 'absent') say(`${recipe.folder}  removed\n`)
  await rm(buildFolder(recipe), { recursive: true, force: true })
  await rm(logFile(recipe), { force: true })
}
