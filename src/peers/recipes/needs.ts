import which from 'which'
import { ask } from './ask.ts'
import type { Command, Need, Recipe } from './recipe.ts'

/** What is not on this machine of what the recipe needs. */
export async function missingNeeds({ needs }: Recipe): Promise<readonly Need[]> {
  const there = await Promise.all(needs.map(isThere))
  return needs.filter((_need, i) => !there[i])
}

async function isThere({ program, library, test }: Need): Promise<boolean> {
  if (program !== undefined && (await which(program, { nothrow: true })) === null) return false
  if (library !== undefined && !(await succeeds(['pkg-config', '--exists', library]))) return false
  return test === undefined || (await succeeds(test))
}

/** A look, no work; an interpreter may start slowly on a busy machine. */
const PATIENCE_MS = 30_000

const succeeds = async (command: Command): Promise<boolean> => (await ask(command, { limitMs: PATIENCE_MS })).code === 0

/** `go is not there`, `the library libmosquitto is not there`. */
export function describeLack({ program, library, test }: Need): string {
  if (test) return `this does not work here: ${test.join(' ')}`
  return `${program ?? `the library ${library}`} is not there`
}
