import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { beforeAll, describe, vi } from 'vitest'
import type { Project } from '../config.ts'
import { configIn, loadProject } from '../load-project.ts'
import type { PluginSet } from '../plugin-set.ts'
import { catalogOf } from '../plugins.ts'
import { formatProblems } from '../scenario/format.ts'
import { loadScenarios } from '../scenario/load.ts'
import { orderFor } from './order.ts'
import { HOME, keepFromGit } from './own-folder.ts'
import { registerScenarios } from './register.ts'

export interface ScenariosOptions {
  /** Heading in test reports; the patterns where absent. */
  readonly name?: string
  /** Where broker, link and client live; where absent, `local`, or the lab that a scenario was made for. */
  readonly lab?: string
  /** Repeats the chances of an earlier run. */
  readonly seed?: number
  /** Patterns count from here; the working directory where absent. */
  readonly cwd?: string
  /** Where evidence is saved; `.halfopen/vitest` where absent, `false` for nowhere. */
  readonly out?: string | false
  /** How often a scenario is played again that the machine spoilt; 2 where absent. */
  readonly replays?: number
  /** Plug-ins of other packages, beside those of the `halfopen.config` in `cwd`. */
  readonly plugins?: readonly PluginSet[]
}

/** Most scenarios at once, whatever `maxConcurrency` says of tests that work rather than wait. */
const MOST_AT_ONCE = 200

/**
 * Registers every scenario that the patterns find as a test of the file that calls this. They run side by side.
 * Where a file can't be read, that is one error with all problems. Under `HALFOPEN_REQUIRE=all` a skip is a failure.
 */
export function scenarios(patterns: string | readonly string[], options: ScenariosOptions = {}): void {
  const list = [patterns].flat()
  const caller = (new Error().stack ?? '').split('\n').slice(2)
  const { cwd = process.cwd() } = options
  vi.setConfig({ maxConcurrency: MOST_AT_ONCE })
  describe(options.name ?? list.join(', '), async () => {
    const { config, catalog } = await projectIn(options, cwd)
    const { out = config.out ?? join(HOME, 'vitest'), replays = config.replays } = options
    const noCommands = config.commands === false ? { noCommands: true } : {}
    const {
      scenarios: found,
      problems,
      sources,
    } = await loadScenarios(list, catalog.vocabulary, { cwd, ...noCommands })
    if (problems.length > 0) throw new Error(`\n${formatProblems(problems, sources, { color: false })}`)
    const order = orderFor(found, {
      ...(options.lab === undefined ? {} : { lab: options.lab }),
      ...(config.lab === undefined ? {} : { defaultLab: config.lab }),
      seed: options.seed ?? randomBytes(4).readUInt32BE(),
      ...(replays === undefined ? {} : { replays }),
      ...(out === false ? {} : { dir: resolve(cwd, out) }),
    })
    // Where it can't be written, the evidence can't be either, and that is told.
    if (options.out === undefined) beforeAll(() => keepFromGit(resolve(cwd, HOME)).catch(() => {}))
    registerScenarios({
      ...order,
      catalog,
      signal: new AbortController().signal,
      caller,
      cwd,
    })
  })
}

/** The project in `cwd`, with the plug-ins that are given besides. */
async function projectIn(
  { plugins = [] }: ScenariosOptions,
  cwd: string,
): Promise<Pick<Project, 'config' | 'catalog'>> {
  const project = await loadProject(await configIn(cwd), { cwd, color: false })
  if (plugins.length === 0) return project
  return { ...project, catalog: catalogOf([...(project.config.plugins ?? []), ...plugins]) }
}
