/** Writes the files that a command line names. Each may be anything: a FIFO that nobody reads, a device, the pipe of a shell. */
import { constants, openSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'

/** Rejects as the file system does, and at once where it would wait for somebody to read. */
export async function writeText(path: string, text: string): Promise<void> {
  if ((await kindOf(path))?.isFIFO()) holdOpen(path)
  await writeFile(path, text)
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
