import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { me, ownerIn, stateOf } from '../../processes/reaper.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { unwritable } from '../../terminal/files.ts'
import { readText } from '../../text/read-text.ts'
import { makeFolder } from '../../text/write-files.ts'
import { HOME, keepFromGit } from '../../vitest/own-folder.ts'

/** Where evidence goes, or why it can't. */
type EvidenceFolder = Kept | { readonly dir?: undefined; readonly over?: undefined; readonly trouble: string }

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

/** Runs of which the evidence is kept. */
const KEPT = 10
const VARIABLE = 'HALFOPEN_KEEP'

const RUN_NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/
/** In the folder of a run while it plays. */
const MARK = '.plays.json'

/** Somebody may just be looking at it. */
const YOUNG_MS = 10 * 60_000
/** Longer than any run: what another machine began then and never ended was killed there. */
const FORGOTTEN_MS = 24 * 3_600_000

/** The folder of a run, as it is found. */
export interface RunFolder {
  readonly name: string
  /** Since something was last written into it. */
  readonly ageMs: number
  /** Of who plays it; absent: nobody does any more. */
  readonly owner?: 'alive' | 'gone' | 'elsewhere'
}

/** Which of them are to be removed: all but the newest `keep`, but never one that still plays, or is young. Pure. */
export function expired(folders: readonly RunFolder[], keep: number): readonly string[] {
  const oldestFirst = folders.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return oldestFirst
    .slice(0, Math.max(0, oldestFirst.length - keep))
    .filter(
      ({ ageMs, owner }) => ageMs > YOUNG_MS && owner !== 'alive' && (owner !== 'elsewhere' || ageMs > FORGOTTEN_MS),
    )
    .map(({ name }) => name)
}

/** How many are kept: as the environment says, else as the project does. Complains where the environment says nonsense. */
export function keptRuns(env: NodeJS.ProcessEnv = process.env, byDefault: number = KEPT): number {
  const text = env[VARIABLE]
  if (text === undefined || text === '') return byDefault
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new Complaint(`error: ${VARIABLE}: '${text}' is no whole number from 1`, EXIT.usage)
}

/** Says that we play here. Call the result once we do not any more. */
async function markPlaying(dir: string): Promise<() => Promise<void>> {
  const mark = join(dir, MARK)
  await writeFile(mark, JSON.stringify(me))
  return () => rm(mark, { force: true }).catch(() => {})
}

/** Removes the runs of `home` that have expired. `fresh` is a folder that was made just now: the same file system dates it. */
async function removeExpired(home: string, fresh: string, keep: number): Promise<void> {
  const nowMs = (await stat(fresh)).mtimeMs
  const names = (await readdir(home)).filter(name => RUN_NAME.test(name))
  const folders = await Promise.all(names.map(name => look(home, name, nowMs)))
  const found = folders.filter(folder => folder !== undefined)
  // What can't be removed (another user's, on Windows an open one) is no reason not to play.
  for (const name of expired(found, keep)) await rm(join(home, name), { recursive: true, force: true }).catch(() => {})
}

/** `undefined`: another run has just removed it. */
async function look(home: string, name: string, nowMs: number): Promise<RunFolder | undefined> {
  try {
    const { mtimeMs } = await stat(join(home, name))
    const owner = ownerIn(await readText(join(home, name, MARK)).catch(() => undefined))
    return { name, ageMs: nowMs - mtimeMs, ...(owner ? { owner: stateOf(owner) } : {}) }
  } catch {
    return undefined
  }
}
