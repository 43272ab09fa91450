import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Availability } from '../../model/plugin.ts'
import { inRange } from '../../timing/version.ts'
import { buildFolder, type Command, inFolder, madeName, type Recipe, sourceFolder } from './recipe.ts'

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
  throw new Error(why === true ? `${madeName(recipe)} is gone` : `${why.reason} (${why.remedy})`)
}

const REASONS = {
  absent: 'is not made on this machine',
  changed: 'was made of other sources than those that are here now',
} as const

/** Of a client or broker that comes by this recipe, in this version; absent: in any. */
export function availabilityOf(recipe: Recipe, version?: string): Availability {
  const state = stateOf(recipe)
  if (state === 'made') return versionLack(madeName(recipe), versionOf(recipe), version)
  return { reason: `${madeName(recipe)} ${REASONS[state]}`, remedy: `npx halfopen peers ${madeName(recipe)}` }
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

/** Lies in the folder that was made, and says what it was made of. Without it a folder is not finished. */
const FILE = '.halfopen.json'

const stamp = z.object({
  /** Of the recipe and of every file that it starts from. */
  hash: z.string(),
  /** What the program answered to `--version`. */
  version: z.string(),
})
type Stamp = z.infer<typeof stamp>

/** `undefined` where nothing is made, or something else made the folder. */
export function readStamp(build: string): Stamp | undefined {
  try {
    return stamp.safeParse(JSON.parse(readFileSync(join(build, FILE), 'utf8'))).data
  } catch {
    return undefined
  }
}

export const writeStamp = (build: string, made: Stamp): void =>
  writeFileSync(join(build, FILE), `${JSON.stringify(made)}\n`)

/** What tools leave beside the sources when somebody works on them there. */
const LEFT_BY_TOOLS: ReadonlySet<string> = new Set(['node_modules', 'target', '__pycache__', '.venv', '.git'])

/** Changes with the recipe's commands and with any file that it is made of, and with nothing else. */
export function hashOf({ folder, with: others = [], steps, run }: Recipe, folderOf = sourceFolder): string {
  const hash = createHash('sha256').update(JSON.stringify([steps, run]))
  for (const each of [folder, ...others]) {
    for (const file of filesBelow(folderOf(each))) {
      const content = readFileSync(join(folderOf(each), file))
      hash.update(`\n${each}/${file} ${content.length}\n`).update(content)
    }
  }
  return hash.digest('hex')
}

/** In the order of their names, whatever the file system's is. */
function filesBelow(root: string, below = ''): readonly string[] {
  const entries = readdirSync(join(root, below), { withFileTypes: true })
  const found = entries.flatMap(entry => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (LEFT_BY_TOOLS.has(entry.name)) return []
    return entry.isDirectory() ? filesBelow(root, path) : [path]
  })
  return found.sort()
}
