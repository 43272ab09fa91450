import { readdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type GlobOptions, glob, isDynamicPattern } from 'tinyglobby'
import type { Vocabulary } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import { nearest } from '../text/nearest.ts'
import { kindAt, readText as textOf, UnreadableFile } from '../text/read-text.ts'
import type { Sources } from './format.ts'
import type { ModuleFile } from './load-module.ts'
import type { ModuleLimits } from './module-process.ts'
import { inReadingOrder, type Problem } from './problem.ts'
import { ProfileShelf } from './profile-shelf.ts'
import { foreignReading, type Reading, type ReadOptions, readScenario } from './read-scenario.ts'
import { forbiddenModule } from './rules.ts'
import { displayName } from './source.ts'
import { readYaml } from './yaml.ts'

/**
 * Scenarios, or problems: where there is a problem there is no scenario, so that nobody runs half of what was asked for. Where
 * all problems are `alone` (a module that could not be run), there are the scenarios of the other files.
 */
interface Loaded {
  readonly scenarios: readonly Scenario[]
  readonly problems: readonly Problem[]
}

/** With the texts that were read, for `formatProblems`. */
export interface LoadedFiles extends Loaded {
  readonly sources: Sources
  /** What modules printed while they ran, by file, as it is. */
  readonly printed: ReadonlyMap<string, string>
}

interface LoadOptions {
  readonly cwd: string
  /** Refuse what runs programs: modules, and scenarios whose peers are commands. Absent: as HALFOPEN_NO_COMMANDS says. */
  readonly noCommands?: boolean
  readonly modules?: ModuleLimits
  /** Called before each module is run. */
  readonly onModule?: (file: string) => void
}

/** All scenarios of these files, directories and globs. Never rejects for what is in them. */
export async function loadScenarios(
  patterns: readonly string[],
  vocabulary: Vocabulary,
  options: LoadOptions,
): Promise<LoadedFiles> {
  const { cwd, noCommands = isSet(process.env.HALFOPEN_NO_COMMANDS) } = options
  const { paths, problems } = await findFiles(patterns, cwd)
  const readings: Reading[] = [{ scenarios: [], problems }]
  const sources = new Map<string, string>()
  const printed = new Map<string, string>()
  const shelf = new ProfileShelf(cwd)
  // One after another: a thousand files at once would run into the limit of open ones.
  for (const path of paths) {
    const file = displayName(path, cwd)
    const reader = { profiles: shelf.besides(path), noCommands, folder: dirname(path) }
    const text = await textOf(path, { encoding: 'only-utf8' }).catch((error: Error) => unreadable(file, error))
    if (typeof text !== 'string') readings.push({ scenarios: [], problems: [text] })
    else if (isModule(path)) {
      sources.set(file, text)
      const reading = await fromModule({ path, text, file }, vocabulary, options, reader)
      if (reading.printed !== '') printed.set(file, reading.printed)
      readings.push(reading)
    } else {
      const reading = readText(text, file, vocabulary, reader)
      const isOwn = reading.problems.length === 0 || looksLikeScenario(text)
      if (isOwn) sources.set(file, text)
      readings.push(isOwn ? reading : { scenarios: [], problems: [foreign(text, file)] })
    }
  }
  readings.push({ scenarios: [], problems: shelf.problems })
  return { ...wholeOrNothing(readings), sources: new Map([...sources, ...shelf.sources]), printed }
}

/** The scenarios of one YAML text. Pure; `file` is its name in positions. */
export const loadScenarioText = (text: string, file: string, vocabulary: Vocabulary): Loaded =>
  wholeOrNothing([readText(text, file, vocabulary)])

function readText(text: string, file: string, vocabulary: Vocabulary, options: ReadOptions = {}): Reading {
  const documents = readYaml(text, file)
  if (documents.length === 0) return { scenarios: [], problems: [nothingIn(file)] }
  return joined(
    documents.map(({ problems, content }) => {
      const reading = content ? readScenario(content.value, content.source, vocabulary, options) : NOTHING
      return { ...reading, problems: [...problems, ...reading.problems] }
    }),
  )
}

const isSet = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value)

/** What runs modules is loaded only once there is one: YAML alone should start fast. */
async function fromModule(
  module: ModuleFile,
  vocabulary: Vocabulary,
  { cwd, modules, onModule }: LoadOptions,
  options: ReadOptions,
) {
  if (options.noCommands) return { scenarios: [], problems: [forbiddenModule(module.file)], printed: '' }
  const { readModule } = await import('./load-module.ts')
  onModule?.(module.file)
  const { scenarios, problems, printed } = await readModule(module, cwd, modules)
  const readings = scenarios.map(({ value, foreign, source }) =>
    foreign.length > 0 ? foreignReading(foreign, source) : readScenario(value, source, vocabulary, options),
  )
  return { ...joined([{ scenarios: [], problems }, ...readings]), printed }
}

const NOTHING: Reading = { scenarios: [], problems: [] }

const joined = (readings: readonly Reading[]): Reading => ({
  scenarios: readings.flatMap(({ scenarios }) => scenarios),
  problems: readings.flatMap(({ problems }) => problems),
})

function wholeOrNothing(readings: readonly Reading[]): Loaded {
  const { scenarios, problems } = joined(readings)
  return { scenarios: problems.every(({ alone }) => alone) ? scenarios : [], problems: inReadingOrder(problems) }
}

export const isModule = (path: string): boolean => /\.[cm]?[jt]s$/.test(path)

const nothingIn = (file: string): Problem => ({
  position: { file, line: 1, column: 1 },
  message: 'there is no scenario in this file',
})

const unreadable = (file: string, error: Error): Problem => ({
  position: { file, ...((error instanceof UnreadableFile && error.place) || { line: 0, column: 0 }) },
  message: `this can't be read: ${error.message}`,
})

/** Of a file that is no scenario file at all (a link to /etc/shadow, a key) nothing is shown: neither values nor lines. */
const foreign = (text: string, file: string): Problem =>
  /^\ufeff?(?:[ \t]*(?:#.*|---)?(?:\r?\n|$))*$/.test(text)
    ? nothingIn(file)
    : {
        position: { file, line: 1, column: 1 },
        message: 'this is no scenario file: it has no key of one (name, broker, client, expect, until)',
      }

/** One of its keys opens a line. */
export const looksLikeScenario = (text: string): boolean =>
  /^[ \t{]*["']?(?:name|broker|client|timeline|expect|until|matrix)["']?[ \t]*:/m.test(text)

/** What makes a file a scenario file where nobody names it. */
const SUFFIXES = ['.yaml', '.yml', '.scenario.ts'] as const

/** By its name, in a folder or a glob; a file that is named itself may be called anything. */
export const isScenarioFile = (path: string): boolean => SUFFIXES.some(suffix => path.endsWith(suffix))

interface FoundFiles {
  /** Absolute, each once, sorted within its pattern. */
  readonly paths: readonly string[]
  readonly problems: readonly Problem[]
}

/** The files that the patterns name: files, directories (with all that is below) and globs. */
/** The files, by absolute paths. */
export async function findFiles(patterns: readonly string[], cwd: string): Promise<FoundFiles> {
  const found = await Promise.all(patterns.map(pattern => findOne(pattern, cwd)))
  return {
    paths: [...new Set(found.flatMap(({ paths }) => paths))],
    problems: found.flatMap(({ problems }) => problems),
  }
}

async function findOne(pattern: string, cwd: string): Promise<FoundFiles> {
  const path = resolve(cwd, pattern)
  const kind = await kindAt(path)
  // What can't be read, the reader says why: a file that is none of ours, a FIFO, a device, a socket.
  if (kind === 'other') return { paths: [path], problems: [] }
  if (kind instanceof UnreadableFile) return { paths: [], problems: [unreadable(pattern, kind)] }
  if (kind === 'nothing' && !isDynamicPattern(pattern))
    return { paths: [], problems: [await nothingCalled(pattern, cwd)] }
  const found = kind === 'folder' ? await below(path, '**', cwd) : await below(cwd, pattern, cwd)
  if (found.paths.length > 0 || found.problems.length > 0) return found
  return { paths: [], problems: [kind === 'folder' ? noFilesIn(pattern) : await nothingCalled(pattern, cwd)] }
}

/** A folder that may not be read is passed over by the search, and might hold what was asked for. */
async function below(directory: string, pattern: string, cwd: string): Promise<FoundFiles> {
  const options = { cwd: directory, absolute: true, ignore: ['**/node_modules/**'], expandDirectories: false }
  const start = resolve(directory, literalStart(pattern))
  const [found, closed] = await Promise.all([
    glob(pattern, options),
    closedFolders(start, { ...options, cwd: start, ...(pattern.includes('**') ? {} : { deep: 0 }) }),
  ])
  return {
    paths: found.filter(isScenarioFile).sort(),
    problems: closed.map(([path, why]) => unreadable(displayName(path, cwd), why)),
  }
}

/** The folders that a glob names before its first sign of one. */
export const literalStart = (pattern: string): string => {
  const parts = pattern.split('/')
  const dynamic = parts.findIndex(part => isDynamicPattern(part))
  return parts.slice(0, dynamic).join('/') || (pattern.startsWith('/') ? '/' : '.')
}

async function closedFolders(start: string, options: GlobOptions): Promise<[path: string, why: UnreadableFile][]> {
  const closed: [string, UnreadableFile][] = []
  const folders = await glob('**', { ...options, onlyDirectories: true })
  for (const folder of new Set([start, ...folders.map(path => resolve(path))])) {
    const kind = await kindAt(folder)
    if (kind instanceof UnreadableFile) closed.push([folder, kind])
  }
  return closed
}

const noFilesIn = (pattern: string): Problem => ({
  position: { file: pattern, line: 0, column: 0 },
  message: `no scenario file is in here (${SUFFIXES.map(suffix => `*${suffix}`).join(', ')})`,
})

async function nothingCalled(pattern: string, cwd: string): Promise<Problem> {
  // Of a pattern any name would be near.
  const near = isDynamicPattern(pattern) ? undefined : await nearestExisting(pattern, cwd)
  return {
    position: { file: pattern, line: 0, column: 0 },
    message: isDynamicPattern(pattern) ? 'no scenario file matches this' : 'there is no such file or directory',
    ...(near !== undefined && { nearest: near }),
  }
}

/** The path with every part that does not exist replaced by the nearest name that does. */
async function nearestExisting(pattern: string, cwd: string): Promise<string | undefined> {
  const walked: string[] = []
  let isMended = false
  for (const part of pattern.split('/')) {
    const siblings = await readdir(resolve(cwd, walked.length === 0 ? '.' : `${walked.join('/')}/`)).catch(() => [])
    const isThere = ['', '.', '..', ...siblings].includes(part)
    const name = isThere ? part : nearest(part, siblings)
    if (name === undefined) break
    isMended ||= !isThere
    walked.push(name)
  }
  return isMended ? walked.join('/') : undefined
}
