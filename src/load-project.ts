import { join, resolve } from 'node:path'
import { CONFIG_PATHS, NO_PROJECT, type Project, projectOf } from './config.ts'
import { formatProblems } from './scenario/format.ts'
import type { Problem } from './scenario/problem.ts'
import { displayName } from './scenario/source.ts'
import { kindAt, readText } from './text/read-text.ts'

/** In the order in which they are looked for. */
export const CONFIG_NAMES = ['ts', 'mts', 'js', 'mjs'].map(ending => `halfopen.config.${ending}`)

/** A config that can't be used, in words with places: `message` is ready to be printed. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], message: string) {
    super(message)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** The config of this folder; `undefined` where it has none. */
export async function configIn(folder: string): Promise<string | undefined> {
  for (const name of CONFIG_NAMES) {
    const file = join(folder, name)
    // One that may not be read is told by its reader.
    if ((await kindAt(file)) !== 'nothing') return file
  }
  return undefined
}

export interface ProjectLook {
  /** Names in problems are relative to it. */
  readonly cwd: string
  readonly color: boolean
}

/** Runs the config, which is a program of the project's. Rejects with a `ConfigError` that names all that is wrong with it. */
export async function loadProject(file: string | undefined, { cwd, color }: ProjectLook): Promise<Project> {
  if (file === undefined) return NO_PROJECT
  const name = displayName(file, cwd)
  const text = await readText(file).catch((error: Error) => {
    const message = `this can't be read: ${error.message}`
    throw new ConfigError(
      [],
      formatProblems([{ position: { file: name, line: 0, column: 0 }, message }], new Map(), { color }),
    )
  })
  const refuse = (problems: readonly Problem[]) =>
    new ConfigError(problems, formatProblems(problems, new Map([[name, text]]), { color }))
  const folder = resolve(file, '..')
  const { projectLoader } = await import('./hosts/project-loader.ts')
  const loaded = await projectLoader(folder)
    .import<object>(file)
    .then(
      module => ({ module }),
      (error: unknown) => {
        // What the machine refuses is no fault of the file.
        if (REFUSED.has(Object(error).code)) throw error
        return { problem: thrown(error, file, name) }
      },
    )
  if ('problem' in loaded) throw refuse([loaded.problem])
  const found = projectOf('default' in loaded.module ? loaded.module.default : undefined, name, text)
  if (!('catalog' in found)) throw refuse(found)
  // In the config's own terms until here, so that a problem names what stands in the file.
  const paths = CONFIG_PATHS.flatMap(key => {
    const path = found.config[key]
    return path === undefined ? [] : [[key, resolve(folder, path)]]
  })
  return { ...found, file, config: { ...found.config, ...Object.fromEntries(paths) } }
}

const REFUSED: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO'])

/** At the line of the config that it came from, where its stack names one. */
function thrown(error: unknown, file: string, name: string): Problem {
  const { message = String(error), stack = '' } = Object(error) as Partial<Error>
  const frame = `${stack}`.split('\n').find(line => line.includes(`${file}:`)) ?? ''
  const [, line = '1', column = '1'] = /:(\d{1,9}):(\d{1,9})\)?$/.exec(frame) ?? []
  return {
    position: { file: name, line: Number(line), column: Number(column) },
    message: `this config threw: ${message}`,
  }
}
