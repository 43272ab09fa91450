import { NO_PROJECT, type Project } from '../config.ts'
import type { Plugin, Registry } from '../model/plugin.ts'
import { displayName } from '../scenario/source.ts'
import { Complaint, EXIT } from './exit.ts'
import { complain, wantsColor } from './say.ts'

/** Of this process: a command is one process, and has one project. */
let current: Project = NO_PROJECT

/** The project that the command is run in; before `openProject` one without a config. */
export const theProject = (): Project => current

/** All that a scenario or an option may name. */
export const theCatalog = (): Project['catalog'] => current.catalog

const isSet = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value)

/** Loads the config of the working directory. With `commands: false` nothing of it is run, and that is told. */
export async function openProject({ commands = true }: { readonly commands?: boolean } = {}): Promise<void> {
  const cwd = process.cwd()
  const { ConfigError, configIn, loadProject } = await import('../load-project.ts')
  const file = await configIn(cwd)
  if (file === undefined) return
  if (!commands || isSet(process.env.HALFOPEN_NO_COMMANDS)) {
    complain(`halfopen: ${displayName(file, cwd)} is not read: it is a program, and --no-commands forbids those\n`)
    return
  }
  const color = wantsColor(process.env, process.stderr.isTTY === true)
  try {
    current = await loadProject(file, { cwd, color })
  } catch (error) {
    throw error instanceof ConfigError ? new Complaint(error.message, EXIT.unreadable) : error
  }
}

/** Peers that need no options of their own: a cell says none. */
export function usableNames(): Names {
  const { brokers, clients } = theCatalog().peers
  return { brokers: optionless(brokers), clients: optionless(clients) }
}

export const optionless = (plugins: Registry<Plugin>): readonly string[] =>
  [...plugins.values()].filter(({ options }) => options.safeParse({}).success).map(({ name }) => name)

/** The names that brokers and clients may have. */
export interface Names {
  readonly brokers: readonly string[]
  readonly clients: readonly string[]
}
