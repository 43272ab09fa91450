import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Event } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import { harmlessJson } from '../text/json.ts'
import { messageOf } from '../text/message-of.ts'
import { makeFolder, refuseOtherThanFiles } from '../text/write-files.ts'

/** Events that are written at a time: no thread is kept busy by it for long. */
const SLICE = 2000

/**
 * Saves evidence, all of it, making the folders on the way. A file of that name is either whole or not there: it is written
 * beside its place first. Throws an `Error` that names the file and what the system said (full disk, no permission).
 */
export async function writeEvidence(path: string, evidence: Evidence): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    await refuseOtherThanFiles(path)
    await makeFolder(dirname(path))
    {
      await using file = await open(draft, 'w')
      for await (const text of textOf(evidence)) await file.writeFile(text)
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    const why = messageOf(error)
    throw new Error(`cannot save evidence to ${path}: ${why}`, { cause: error })
  }
}

/** As `formatEvidence` has it, piece by piece. */
async function* textOf({ header, events, whole }: Evidence): AsyncGenerator<string> {
  yield evidenceLine(header)
  for await (const slice of whole ? whole.slices() : slicesOf(events)) yield slice.map(evidenceLine).join('')
}

async function* slicesOf(events: readonly Event[]): AsyncGenerator<readonly Event[]> {
  for (let from = 0; from < events.length; from += SLICE) yield events.slice(from, from + SLICE)
}

/** One line of an evidence file: its header, or an event. */
const evidenceLine = (line: object): string => `${harmlessJson(line)}\n`

/** NDJSON: the header, then one event a line, of those in memory. `docs/evidence.md` describes it. */
export const formatEvidence = ({ header, events }: Evidence): string => [header, ...events].map(evidenceLine).join('')
