/** Writes the files that a command line names. Each may be anything: a FIFO that nobody reads, a device, the pipe of a shell. */
import { constants, mkdirSync, openSync, type Stats, statSync } from 'node:fs'
import { access, lstat, mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Rejects as the file system does, and at once where it would wait for somebody to read. */
export async function writeText(path: string, text: string): Promise<void> {
  const kind = await kindOf(path)
  if (kind?.isFIFO()) holdOpen(path)
  // A link may lead to a file that is not there yet.
  const isNew = kind === undefined && !(await lstat(path).catch(() => undefined))
  if (isNew || (kind && mayBeReplaced(path, kind))) await writeBeside(path, text, kind?.mode)
  else await writeFile(path, text)
}

/** Not where another name or another owner would lose the file, nor the file behind an open stream of a shell (/dev/stdout). */
const mayBeReplaced = (path: string, kind: Stats): boolean =>
  kind.isFile() && kind.nlink === 1 && kind.uid === process.getuid?.() && !/^\/(?:dev|proc)\//.test(path)

/** Whole or not at all: on a full disk no half of it stays, and what was there is still there. */
async function writeBeside(path: string, text: string, mode?: number): Promise<void> {
  const place = mode === undefined ? path : await realpath(path)
  const draft = `${place}.${process.pid}.part`
  try {
    await writeFile(draft, text, { flag: 'wx', ...(mode !== undefined && { mode }) })
    await rename(draft, place)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    // A folder that takes no new names may hold a file that can be written.
    if (mode === undefined || !['EACCES', 'EPERM', 'EROFS'].includes(String(codeOf(error)))) throw error
    await writeFile(place, text)
  }
}

/** For what is written beside its place and then put there: that would take away a device or a FIFO of that name. */
export async function refuseOtherThanFiles(path: string): Promise<void> {
  const kind = await kindOf(path)
  if (kind && !kind.isFile()) throw new Error(`EEXIST: only a regular file is written over, open '${path}'`)
}

const kindOf = (path: string) => stat(path).catch(() => undefined)

/**
 * Opening a FIFO waits for a reader, but for this way of opening it (fifo(7)). It stays open until we end: its reader would take a close
 * for the end of all.
 */
function holdOpen(path: string): void {
  try {
    openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    throw new Error(`ENXIO: nobody reads this FIFO, open '${path}'`)
  }
}

/**
 * Rejects as `writeText` would, before there is a text. Makes its folder, and nothing else is left: a file that is not there yet is made
 * beside its place and taken away again, since some file systems (/proc) let a folder be written to by its permissions and not in fact.
 */
export async function tryToWrite(path: string): Promise<void> {
  await makeFolder(dirname(path))
  const kind = await kindOf(path)
  if (kind?.isDirectory()) throw new Error(`EISDIR: it is a folder, open '${path}'`)
  if (kind) return access(path, constants.W_OK)
  const trial = `${path}.${process.pid}.part`
  await (await open(trial, 'wx')).close()
  await rm(trial, { force: true })
}

/**
 * Makes a folder with all that is missing above it. Node's own way (`recursive`, Node 20.20) never ends where a file system answers
 * ENOENT although the folder above is there, as /proc does; and it reports ENOENT for a file system that is read-only.
 */

/** Rejects with the reason that the file system gives for the first folder that it refuses. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (isMissing(error, path)) {
      await makeFolder(dirname(path))
      await mkdir(path).catch(again => settle(again, path))
    } else settle(error, path)
  }
}

/** The same at once. Throws. */
export function makeFolderSync(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (!isMissing(error, path)) settle(error, path)
    else {
      makeFolderSync(dirname(path))
      try {
        mkdirSync(path)
      } catch (again) {
        settle(again, path)
      }
    }
  }
}

/** A folder above it, as it seems. */
const isMissing = (error: unknown, path: string): boolean => codeOf(error) === 'ENOENT' && dirname(path) !== path

/** Throws, unless the folder is there: it always was, or another process was faster. */
function settle(error: unknown, path: string): void {
  if (isFolder(path)) return
  // EEXIST would sound as if all were well.
  if (codeOf(error) === 'EEXIST') throw new Error(`ENOTDIR: not a directory, mkdir '${path}'`)
  if (codeOf(error) === 'ENOENT') throw new Error(`ENOENT: no folder can be made there, mkdir '${path}'`)
  throw error
}

const codeOf = (error: unknown): unknown => Object(error).code

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
