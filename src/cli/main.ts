#!/usr/bin/env node
/**
 * One file after the other, and nothing at once, until it is known that this process may open files: where it may not, Node's own
 * loader would end it, in words of its own.
 */
import { writeSync } from 'node:fs'

/** Inconclusive, or the harness's own failure: exit.ts. */
const HARNESS_FAILED = 3

try {
  const { limitsHere, tooNarrow } = await import('../terminal/limits.ts')
  const narrow = tooNarrow(limitsHere())
  if (narrow === undefined) await import('./start.ts')
  else refuse(narrow)
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error))
}

function refuse(why: string): never {
  try {
    writeSync(2, `halfopen: ${why}\n`)
  } catch {
    // Then only the exit code tells.
  }
  process.exit(HARNESS_FAILED)
}
