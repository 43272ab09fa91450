import { mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { makeFolder } from '../../text/make-folder.ts'
import { HOME, keepFromGit } from '../../vitest/own-folder.ts'
import { plainly } from '../../vitest/plainly.ts'
import { keptRuns, markPlaying, removeExpired } from './kept.ts'

/** Where evidence goes, or why it can't. */
export type EvidenceFolder = Kept | { readonly dir?: undefined; readonly trouble: string }

interface Kept {
  readonly dir: string
  /** The run is over: from now on its evidence may be removed, in its turn. */
  over(): Promise<void>
}

/** Made before the run, so that a folder that can't be written is known and told in time. */
export async function evidenceFolder(out: string | undefined, started: string, kept?: number): Promise<EvidenceFolder> {
  const keep = keptRuns(process.env, kept)
  const wanted = resolve(out ?? join(HOME, runName(started)))
  try {
    if (out === undefined) return await ownFolder(wanted, keep)
    await makeFolder(wanted)
    return { dir: wanted, over: async () => {} }
  } catch (error) {
    return { trouble: unwritable(wanted, error) }
  }
}

export const unwritable = (path: string, error: unknown): string =>
  `evidence can't be saved in ${path}: ${plainly(error)}`

/** `2026-11-22T09-41-50-123`: sorts by time, and no file system objects to it. */
const runName = (started: string): string => started.replace(/[:.]/g, '-').replace(/Z$/, '')

/** Keeps git away from it, points `latest` at this run, and removes old ones. */
async function ownFolder(wanted: string, keep: number): Promise<Kept> {
  const home = dirname(wanted)
  await makeFolder(home)
  const dir = await makeNew(wanted)
  const over = await markPlaying(dir)
  await keepFromGit(home)
  await removeExpired(home, dir, keep)
  await rm(join(home, 'latest'), { force: true }).catch(() => undefined)
  // A convenience: Windows allows symbolic links to administrators only, and another run may be doing the same now.
  await symlink(dir, join(home, 'latest'), 'junction').catch(() => undefined)
  return { dir, over }
}

/** Two runs may begin in the same millisecond. */
async function makeNew(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const dir = number === 1 ? wanted : `${wanted}-${number}`
    try {
      await mkdir(dir)
      return dir
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
