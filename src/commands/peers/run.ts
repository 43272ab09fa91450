import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import which from 'which'
import { type BuildState, stateOf, versionOf } from '../../peers/recipes/built.ts'
import { describeLack, type Made, make, missingNeeds } from '../../peers/recipes/make.ts'
import { buildFolder, logFile, madeName, type Need, type Recipe } from '../../peers/recipes/recipe.ts'
import { endForgotten, endMarked, guardDirectory, guardMarked, MARK_VARIABLE, newMark } from '../../processes/reaper.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { recipesNamed } from '../../terminal/recipes.ts'
import { say } from '../../terminal/say.ts'
import { untilStopped } from '../../terminal/stop.ts'

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
  const width = Math.max(...recipes.map(recipe => madeName(recipe).length))
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
  // They may still write into what is half-made.
  await endForgotten()
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
  if (stateOf(recipe) !== 'absent') say(`${madeName(recipe)}  removed\n`)
  await rm(buildFolder(recipe), { recursive: true, force: true })
  await rm(logFile(recipe), { force: true })
}

/** `paho-python  made: 2.1.0`; of a failure the last lines of its log too. */
function madeText(recipe: Recipe, made: Made, width: number): string {
  const lines = (text: string, ...more: readonly string[]) =>
    `${[`${madeName(recipe).padEnd(width)}  ${text}`, ...more.map(line => `    ${line}`)].join('\n')}\n`
  switch (made.result) {
    case 'skipped':
      return lines(`skipped: ${missingText(made.missing)}`)
    case 'failed':
      return lines(`failed: ${made.reason}`, ...made.tail, `(all of it: ${made.log})`)
    case 'stopped':
      return lines('stopped')
    default:
      return lines(`${made.result}: ${made.version}`)
  }
}

/** `go is not there (sudo apt-get install golang-go)`. */
const missingText = (missing: readonly Need[]): string =>
  missing.map(need => `${describeLack(need)} (${need.remedy})`).join('; ')

const STATES = {
  made: 'made',
  changed: 'made of other sources than those that are here now',
  absent: 'not made',
} as const

function stateText(recipe: Recipe, state: BuildState, width: number): string {
  const version = state === 'absent' ? '' : `: ${versionOf(recipe)}`
  return `${madeName(recipe).padEnd(width)}  ${STATES[state]}${version}\n`
}

/** The Debian packages that have what the recipes lack here. */
async function missingPackages(recipes: readonly Recipe[]): Promise<readonly string[]> {
  const needs = (await Promise.all(recipes.map(missingNeeds))).flat()
  // Without pkg-config no library is known, also where it is there.
  const asks = needs.some(({ library }) => library !== undefined)
  const tools = asks && (await which('pkg-config', { nothrow: true })) === null ? ['pkg-config'] : []
  return [...new Set([...needs.flatMap(({ apt }) => apt ?? []), ...tools])].sort()
}

/** Installs them, as root or by sudo without a password. Complains where that can't be. */
async function installPackages(packages: readonly string[], signal: AbortSignal): Promise<void> {
  if (packages.length === 0) return
  if ((await which('apt-get', { nothrow: true })) === null)
    throw new Complaint('error: --apt: there is no apt-get here; it is for Debian and its like', EXIT.usage)
  say(`apt-get install ${packages.join(' ')}\n`)
  await aptGet(['update', '-qq'], signal)
  await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages], signal)
}

/** A dozen packages over a slow line. */
const LIMIT_MS = 30 * 60_000

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<void> {
  const root = process.getuid?.() === 0
  const [file, ...rest] = root ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args]
  const { failed, all, shortMessage } = await execa(file ?? 'apt-get', rest, {
    all: true,
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    reject: false,
    cancelSignal: signal,
    timeout: LIMIT_MS,
  })
  if (!failed || signal.aborted) return
  const last = all.trimEnd().split('\n').slice(-5).join('\n  ')
  throw new Complaint(`error: ${shortMessage ?? 'apt-get failed'}\n  ${last}`, EXIT.inconclusive)
}
