import { readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { plainly } from '../../vitest/plainly.ts'
import { makeFolder } from '../make-folder.ts'

const HOME = '.halfopen'
/** Runs of which the evidence is kept; older ones are removed. */
const KEPT = 10
const RUN_NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/

/** Where evidence goes, or why it can't. */
export type EvidenceFolder = { readonly dir: string } | { readonly dir?: undefined; readonly trouble: string }

/** Made before the run, so that a folder that can't be written is known and told in time. */
export async function evidenceFolder(out: string | undefined, started: string): Promise<EvidenceFolder> {
  const dir = resolve(out ?? join(HOME, runName(started)))
  try {
    await makeFolder(dir)
    if (out === undefined) await tidy(dir)
    return { dir }
  } catch (error) {
    return { trouble: unwritable(dir, error) }
  }
}

export const unwritable = (path: string, error: unknown): string =>
  `evidence can't be saved in ${path}: ${plainly(error)}`

/** `2026-11-22T09-41-50-123`: sorts by time, and no file system objects to it. */
const runName = (started: string): string => started.replace(/[:.]/g, '-').replace(/Z$/, '')

/** Keeps git away from it, points `latest` at this run, and removes the oldest runs. */
async function tidy(dir: string): Promise<void> {
  const home = resolve(HOME)
  await writeFile(join(home, '.gitignore'), '*\n')
  const runs = (await readdir(home)).filter(name => RUN_NAME.test(name)).sort()
  for (const old of runs.slice(0, -KEPT)) await rm(join(home, old), { recursive: true, force: true })
  await rm(join(home, 'latest'), { force: true })
  // A convenience: Windows allows symbolic links to administrators only.
  await symlink(dir, join(home, 'latest'), 'junction').catch(() => undefined)
}
