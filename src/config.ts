/** A project's own settings: `halfopen.config.ts`, docs/plugins.md. */
import { z } from 'zod'
import { COLOR_WHEN, type ColorWhen } from './model/color.ts'
import { parseDuration } from './model/duration.ts'
import { PluginError, type PluginSet } from './plugin-set.ts'
import { builtIn, type Catalog, catalogOf } from './plugins.ts'
import { check } from './scenario/messages.ts'
import type { Path, Problem } from './scenario/problem.ts'
import { nearest } from './text/nearest.ts'

/** What a project may settle once for all its runs. What the command line says wins. */
export interface Config {
  /** Packages of plug-ins, each by what it exports. */
  readonly plugins?: readonly PluginSet[]
  /** For scenarios that are made for no lab of their own; absent: `local`. */
  readonly lab?: string
  /** Scenarios at once; absent: all, up to 200. */
  readonly jobs?: number
  /** How often a scenario is played again that the machine spoilt; absent: 2. */
  readonly replays?: number
  /** Where evidence is saved, by its path from the config; absent: `.halfopen/<time>`. */
  readonly out?: string
  /** Of how many runs the evidence is kept in `.halfopen/`; absent: 10. */
  readonly keep?: number
  /** `false`: scenarios that start programs or load code are refused, as by `--no-commands`. */
  readonly commands?: boolean
  /** As `--tag`, `--grep` and `--grep-invert`, for runs that choose no files and no scenarios themselves. */
  readonly tags?: readonly string[]
  readonly grep?: string
  readonly grepInvert?: string
  /** As `--bail`: `true` is 1. */
  readonly bail?: number | boolean
  /** As `--timeout`: `'10m'`. */
  readonly timeout?: string
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly color?: ColorWhen
  /** As `--reporter`. */
  readonly reporter?: string | readonly string[]
  /** Reports, by their paths from the config; each as the option of its name. */
  readonly html?: string
  readonly pcap?: string
  readonly json?: string
  readonly junit?: string
  readonly ctrf?: string
  readonly markdown?: string
}

/** Settings that are paths, which count from the config. */
export const CONFIG_PATHS = ['out', 'html', 'pcap', 'json', 'junit', 'ctrf', 'markdown'] as const

/** Typed settings for `halfopen.config.ts` to export: `export default defineConfig({ plugins: [lorawan], jobs: 20 })`. */
export const defineConfig = (config: Config): Config => config

const whole = (least: number) => z.int().min(least)

const path = z.string().min(1).optional()

const schema = z.strictObject({
  plugins: z.array(z.custom<PluginSet>(value => typeof value === 'object' && value !== null)).optional(),
  lab: z.string().min(1).optional(),
  jobs: whole(1).max(10_000).optional(),
  replays: whole(0).max(100).optional(),
  keep: whole(1).max(999_999).optional(),
  commands: z.boolean().optional(),
  tags: z.array(z.string().min(1)).optional(),
  grep: z.string().min(1).optional(),
  grepInvert: z.string().min(1).optional(),
  bail: z.union([z.boolean(), whole(1)]).optional(),
  timeout: z.string().refine(isLength, { error: 'write a length of time, such as 10m' }).optional(),
  quiet: z.boolean().optional(),
  verbose: z.boolean().optional(),
  color: z.enum(COLOR_WHEN).optional(),
  reporter: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  out: path,
  html: path,
  pcap: path,
  json: path,
  junit: path,
  ctrf: path,
  markdown: path,
})

/** In real time, where no K is known. */
function isLength(text: string): boolean {
  const length = parseDuration(text)
  return length?.k === 0 && length.ms > 0
}

/** A project: its settings, and all that its scenarios may name. */
export interface Project {
  readonly config: Config
  readonly catalog: Catalog
  /** Absent: the project has no config. */
  readonly file?: string
}

export const NO_PROJECT: Project = { config: {}, catalog: builtIn }

/** What a config exports, checked: a project, or all that is wrong with it. `text` is that of the file, for places. */
export function projectOf(exported: unknown, file: string, text: string): Project | readonly Problem[] {
  const at = (path: Path, rest: Omit<Problem, 'position'>): Problem => ({
    position: placeOf(path, file, text),
    ...rest,
  })
  if (typeof exported !== 'object' || exported === null)
    return [at([], { message: 'there is no default export: export default defineConfig({ ... })' })]
  const result = check(schema, exported)
  if ('complaints' in result) return result.complaints.map(({ path, at: _, ...rest }) => at(path, rest))
  try {
    const config = result.data as Config
    const catalog = catalogOf(config.plugins ?? [])
    const { labs } = catalog.vocabulary
    if (config.lab === undefined || labs.includes(config.lab)) return { config, catalog, file }
    const near = nearest(config.lab, labs)
    const message = `no lab is called ${JSON.stringify(config.lab)}`
    return [at(['lab'], { message, allowed: labs, ...(near === undefined ? {} : { nearest: near }) })]
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    return error.problems.map(message => at(['plugins'], { message }))
  }
}

/** Where the outermost key of a path stands in the text, as well as that can be told of a program. */
function placeOf([key]: Path, file: string, text: string): Problem['position'] {
  const lines = text.split('\n')
  const start = Math.max(
    0,
    lines.findIndex(line => /\bexport\s+default\b/.test(line)),
  )
  const name = String(key ?? '').replace(/[^\w$-]/g, '\\$&')
  const pattern = new RegExp(`(?:^|[\\s{,])(["']?)${name}\\1\\s*(?:[:,}]|$)`)
  const found = key === undefined ? -1 : lines.findIndex((line, number) => number >= start && pattern.test(line))
  if (found < 0) return { file, line: start + 1, column: 1 }
  return { file, line: found + 1, column: (lines[found]?.indexOf(String(key)) ?? 0) + 1 }
}
