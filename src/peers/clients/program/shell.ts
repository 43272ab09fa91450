import which from 'which'
import type { Availability } from '../../../model/plugin.ts'
import type { Command } from '../../recipes/recipe.ts'

/** What the shell must stay for. */
const SEVERAL = /[;&|()\n]|^\s*(exec|cd|if|for|while|\w+=)/

/** A single program takes the shell's place, so that a signal to the one is a signal to the other. */
export const shellCommand = (text: string): Command => ['sh', '-c', SEVERAL.test(text) ? text : `exec ${text}`]

/** The program that the text begins with, `sh` aside; `undefined` where it begins with something else (`A=1 python3 ...`). */
export const programOf = (text: string): string | undefined => /^\s*(?:exec\s+)?([\w./+-]+)(?=\s|$)/.exec(text)?.[1]

export async function commandAvailable(text: string): Promise<Availability> {
  const program = programOf(text)
  if (program === undefined || program.includes('/') || (await which(program, { nothrow: true }))) return true
  return { reason: `the client is the command ${program}, which is not on the PATH` }
}
