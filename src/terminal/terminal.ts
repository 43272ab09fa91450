import type { Look } from '../reporters/reporter.ts'
import { isModule, looksLikeScenario } from '../scenario/load.ts'
import { readTextSync } from '../text/read-text.ts'
import { theCatalog } from './project.ts'
import { columnsOf, say, steady, wantsColor } from './say.ts'

/** Longer lines are hard to read; a log has no width of its own. */
const WIDEST = 120
const LOG_WIDTH = 80
/** Some terminals (a pseudo-terminal without a window) say that they have none. */
const NARROWEST = 40

/** How much is told. */
export interface Loudness {
  readonly verbose?: boolean
  readonly quiet?: boolean
}

/**
 * Reports go to stdout; how far a command is goes to stderr, so that neither a file nor a pipe gets it with the report. Its last lines
 * are redrawn where stderr is a terminal; in a log it only grows.
 */
export interface Terminal {
  readonly redraws: boolean
  readonly look: Look
  print(text: string): void
  /** As it is: for lines that are commands to the CI that reads them. */
  command(text: string): void
  /** Redraws the lines below everything printed; `''` takes them away. Only where `redraws`. */
  live(text: string): void
}

export async function openTerminal({ verbose = false, quiet = false }: Loudness = {}): Promise<Terminal> {
  const { stdout, stderr } = process
  const redraws = stderr.isTTY === true && process.env.TERM !== 'dumb'
  const update = redraws ? (await import('log-update')).createLogUpdate(stderr) : undefined
  return {
    redraws,
    look: { ...currentLook(), verbose, quiet },
    print(text) {
      if (text === '') return
      update?.clear()
      say(text)
    },
    command(text) {
      update?.clear()
      stdout.write(text)
    },
    live(text) {
      if (text === '') update?.clear()
      else update?.(steady(text))
    },
  }
}

export function currentLook(): Look {
  const columns = columnsOf(process.stdout)
  return {
    color: wantsColor(process.env, process.stdout.isTTY === true),
    width: columns ? Math.min(Math.max(columns, NARROWEST), WIDEST) : LOG_WIDTH,
    cwd: process.cwd(),
    label: check => theCatalog().checks.get(check)?.label ?? check,
    source: readSource,
  }
}

/** Evidence may name any file as its scenario's. */
function readSource(file: string): string | undefined {
  try {
    const text = readTextSync(file)
    return isModule(file) || looksLikeScenario(text) ? text : undefined
  } catch {
    return undefined
  }
}
