import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { sourceFolder } from './folder.ts'
import type { Recipe } from './recipe.ts'

/** Lies in the folder that was made, and says what it was made of. Without it a folder is not finished. */
const FILE = '.halfopen.json'

const stamp = z.object({
  /** Of the recipe and of every file that it starts from. */
  hash: z.string(),
  /** What the program answered to `--version`. */
  version: z.string(),
})
export type Stamp = z.infer<typeof stamp>

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
