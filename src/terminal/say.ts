/**
 * All that halfopen prints goes through here. What comes from outside is made `harmless` where it enters a text; whatever was
 * forgotten there ends here: nothing but colours, new lines and tabs moves a cursor, and no line is a command to the CI that
 * reads the log.
 */
import type { ColorWhen } from '../model/color.ts'
import { harmlessLines } from '../text/harmless.ts'
import { folded } from '../text/layout.ts'

/** To stdout: what was asked for. */
export const say = (text: string): void => void process.stdout.write(steady(text))

/** The same in lines that fit, for prose: a terminal would break them within words. */
export const sayProse = (text: string): void => say(fitted(text, process.stdout))

/** To stderr, in lines that fit: what is to be known beside it. */
export const complain = (text: string): void => void process.stderr.write(steady(fitted(text, process.stderr)))

const WIDEST = 120
/** Some terminals (a pseudo-terminal without a window) say that they have none. */
const NARROWEST = 20

/** How wide a text may be there; `undefined`: a log or a pipe, which has no width of its own and is searched by line. */
export function columnsOf({ columns }: Pick<NodeJS.WriteStream, 'columns'>, env = process.env): number | undefined {
  const asked = columns || (/^[1-9]\d{0,3}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined)
  return asked === undefined ? undefined : Math.min(Math.max(asked, NARROWEST), WIDEST)
}

function fitted(text: string, stream: NodeJS.WriteStream): string {
  const columns = columnsOf(stream)
  return columns === undefined ? text : folded(text, columns)
}

/** Help is for people wherever it goes. */
export const sayHelp = (text: string): void => say(folded(text, columnsOf(process.stdout) ?? HELP_COLUMNS))

/** As commander takes it where there is no terminal. */
const HELP_COLUMNS = 80

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
