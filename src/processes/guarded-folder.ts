import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { guardDirectory, me, stateOf } from './reaper.ts'

/** For its maker alone, and gone with it, however that ends. */
export interface GuardedFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Below the system's temporary folder; the reaper removes it where nobody else does, and where that was killed too, a later run, a day
 * after. Throws where there is no room for it.
 */
export async function guardedFolder(name: string): Promise<GuardedFolder> {
  const path = await mkdtemp(join(tmpdir(), `halfopen-${name}-${MAKER}-`)).catch(error => {
    throw new Error(`can't make a directory for ${name} in ${tmpdir()}: ${error.message}`)
  })
  const release = guardDirectory(path)
  if (!isSwept) void sweepForgotten(path)
  isSwept = true
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
      release()
    },
  }
}

let isSwept = false

/** Stands in the name: a folder may be killed together with its maker before anything is in it. Only Linux spells the date as a number. */
const MAKER = /^\d+$/.test(me.began) ? `${me.pid}.${me.began}` : `${me.pid}`
const NAMED = /^halfopen-[a-z][a-z0-9-]{0,80}-(\d{1,10})(?:\.(\d{1,20}))?-\w{6}$/

/** A container that shares the folder has process ids of its own, so that its makers seem gone: no run takes as long as this. */
const FORGOTTEN_MS = 24 * 3_600_000

/** Removes what processes that are gone have left beside `fresh`, which was made just now, once it is a day older. Never rejects. */
export async function sweepForgotten(fresh: string): Promise<void> {
  const folder = dirname(fresh)
  const nowMs = await stat(fresh).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, pid, began = ''] = NAMED.exec(name) ?? []
    if (pid === undefined || stateOf({ host: me.host, pid: Number(pid), began }) !== 'gone') continue
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found === undefined || nowMs - found.mtimeMs < FORGOTTEN_MS) continue
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}
