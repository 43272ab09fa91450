/**
 * All that halfopen prints goes through here. What comes from outside is made `harmless` where it enters a text; whatever was
 * forgotten there ends here: nothing but colours, new lines and tabs moves a cursor, and no line is a command to the CI that
 * reads the log.
 */
import type { ColorWhen } from '../model/color.ts'
import { harmlessLines } from '../text/harmless.ts'

/** To stdout: what was asked for. */
export const say = (text: string): void => void process.stdout.write(steady(text))

/** To stderr: what is to be known beside it. */
export const complain = (text: string): void => void process.stderr.write(steady(text))

// biome-ignore lint/suspicious/noControlCharactersInRegex: the one sequence that is allowed, and only where it was asked for
const COLORS = /(\u001b\[[\d;]*m)/

/** For what is written to a stream by another hand. */
export function steady(text: string): string {
  if (!wantsColor(process.env, process.stdout.isTTY === true || process.stderr.isTTY === true))
    return harmlessLines(text)
  return text
    .split(COLORS)
    .map((part, i) => (i % 2 === 1 ? part : harmlessLines(part)))
    .join('')
}

/**
 * What the command line or the project says of colour: from here on the environment says it, for what is loaded later and for programs
 * that are started. `true`: nothing was said.
 */
export function useColor(when: ColorWhen | boolean | undefined): void {
  if (when === undefined || when === true || when === 'auto') return
  const { env } = process
  delete env.NO_COLOR
  delete env.FORCE_COLOR
  if (when === 'always') env.FORCE_COLOR = '1'
  else env.NO_COLOR = '1'
}

/** https://no-color.org and https://force-color.org: set and not empty; chalk's FORCE_COLOR=0 turns it off as well. */
export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return !['0', 'false'].includes(env.FORCE_COLOR)
  return isTerminal && env.TERM !== 'dumb'
}
