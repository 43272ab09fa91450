import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { resultOf } from '../../reporters/reporter.ts'
import type { ScenarioKey } from '../../terminal/selection.ts'
import { readText, UnreadableFile } from '../../text/read-text.ts'
import { writeText } from '../../text/write-files.ts'
import { HOME } from '../../vitest/own-folder.ts'

/** Beside the runs, since it tells of several: what did not pass stays in it until it passes. */
const FILE = 'failed.json'

const shape = z.object({
  halfopen: z.literal(1),
  failed: z.array(z.object({ file: z.string(), name: z.string() })),
})

/** Runs whose evidence goes to a folder of their own keep their list there. */
const fileFor = (out: string | undefined): string => resolve(out ?? HOME, FILE)

/** The scenarios that did not pass when they were last played; `undefined` where none was ever. */
export async function lastFailed(out: string | undefined): Promise<readonly ScenarioKey[] | undefined> {
  try {
    return shape.parse(JSON.parse(await readText(fileFor(out)))).failed
  } catch (error) {
    if (error instanceof UnreadableFile || error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}

/**
 * Remembers what did not pass: of what was played now as it came out, of everything else as it was. A scenario that never ended has
 * not passed. What can't be kept is no reason to fail: the next `--last-failed` says that it knows of nothing.
 */
export async function rememberFailed(
  dir: string,
  out: string | undefined,
  planned: readonly Scenario[],
  reports: readonly ScenarioReport[],
): Promise<void> {
  const before = (await lastFailed(out)) ?? []
  const file = out === undefined ? join(dirname(dir), FILE) : fileFor(out)
  const text = `${JSON.stringify({ halfopen: 1, failed: stillFailed(before, planned, reports) }, null, 2)}\n`
  await writeText(file, text).catch(() => {})
}

/** Pure. */
export function stillFailed(
  before: readonly ScenarioKey[],
  planned: readonly Scenario[],
  reports: readonly ScenarioReport[],
): readonly ScenarioKey[] {
  const keyOf = ({ name, position: { file } }: Scenario): ScenarioKey => ({ file, name })
  const text = (key: ScenarioKey) => JSON.stringify([key.file, key.name])
  // What was skipped says nothing new.
  const told = reports.filter(report => !['skipped', 'unsupported'].includes(resultOf(report)))
  const skipped = new Set(reports.filter(report => !told.includes(report)).map(({ scenario }) => text(keyOf(scenario))))
  const passed = new Set(
    told.filter(report => resultOf(report) === 'pass').map(({ scenario }) => text(keyOf(scenario))),
  )
  const now = planned.map(keyOf).filter(key => !passed.has(text(key)) && !skipped.has(text(key)))
  const all = [...before.filter(key => !passed.has(text(key))), ...now]
  return [...new Map(all.map(key => [text(key), key])).values()]
}
