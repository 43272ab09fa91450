import type { Scenario } from '../model/scenario.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import { readText as textOf } from '../text/read-text.ts'
import { displayName } from './display-name.ts'
import { findFiles } from './files.ts'
import type { Sources } from './format.ts'
import type { ModuleFile, ModuleReading } from './module.ts'
import { inReadingOrder, type Problem } from './problem.ts'
import { type ProfileReader, ProfileShelf } from './profile-shelf.ts'
import { type Reading, readScenario } from './read.ts'
import { readYaml } from './yaml.ts'

/** Scenarios, or problems: where there is a problem there is no scenario, so that nobody runs half of what was asked for. */
export interface Loaded {
  readonly scenarios: readonly Scenario[]
  readonly problems: readonly Problem[]
}

/** With the texts that were read, for `formatProblems`. */
export interface LoadedFiles extends Loaded {
  readonly sources: Sources
}

/** All scenarios of these files, directories and globs. Never rejects for what is in them. */
export async function loadScenarios(
  patterns: readonly string[],
  vocabulary: Vocabulary,
  { cwd }: { readonly cwd: string },
): Promise<LoadedFiles> {
  const { paths, problems } = await findFiles(patterns, cwd)
  const sources = new Map<string, string>()
  const readings: (Reading & { readonly isForeign?: true })[] = [{ scenarios: [], problems }]
  const readModule = moduleReader(cwd)
  const shelf = new ProfileShelf(cwd)
  // One after another: a thousand files at once would run into the limit of open ones.
  for (const path of paths) {
    const file = displayName(path, cwd)
    const text = await textOf(path).catch((error: Error) => unreadable(file, error))
    if (typeof text === 'string') sources.set(file, text)
    if (typeof text !== 'string') readings.push({ scenarios: [], problems: [text] })
    else if (isModule(path))
      readings.push(fromModule(await readModule({ path, text, file }), vocabulary, shelf.besides(path)))
    else readings.push(ownProblems(readText(text, file, vocabulary, shelf.besides(path)), text, file))
    if (readings.at(-1)?.isForeign) sources.delete(file)
  }
  readings.push({ scenarios: [], problems: shelf.problems })
  return { ...wholeOrNothing(readings), sources: new Map([...sources, ...shelf.sources]) }
}

/** Loads what runs modules only once there is one: YAML alone should start fast. */
function moduleReader(cwd: string): (file: ModuleFile) => Promise<ModuleReading> {
  let loading: Promise<(file: ModuleFile) => Promise<ModuleReading>> | undefined
  return async file => {
    loading ??= import('./module.ts').then(({ moduleRunner, readModule }) => {
      const jiti = moduleRunner(cwd)
      return one => readModule(jiti, one)
    })
    return (await loading)(file)
  }
}

/** The scenarios of one YAML text. Pure; `file` is its name in positions. */
export const loadScenarioText = (text: string, file: string, vocabulary: Vocabulary): Loaded =>
  wholeOrNothing([readText(text, file, vocabulary)])

function readText(text: string, file: string, vocabulary: Vocabulary, profiles?: ProfileReader): Reading {
  const documents = readYaml(text, file)
  if (documents.length === 0) return { scenarios: [], problems: [nothingIn(file)] }
  return joined(
    documents.map(({ problems, content }) => {
      const reading = content ? readScenario(content.value, content.source, vocabulary, profiles) : NOTHING
      return { ...reading, problems: [...problems, ...reading.problems] }
    }),
  )
}

function fromModule({ scenarios, problems }: ModuleReading, vocabulary: Vocabulary, profiles: ProfileReader): Reading {
  const readings = scenarios.map(({ value, source }) => readScenario(value, source, vocabulary, profiles))
  return joined([{ scenarios: [], problems }, ...readings])
}

const NOTHING: Reading = { scenarios: [], problems: [] }

const joined = (readings: readonly Reading[]): Reading => ({
  scenarios: readings.flatMap(({ scenarios }) => scenarios),
  problems: readings.flatMap(({ problems }) => problems),
})

function wholeOrNothing(readings: readonly Reading[]): Loaded {
  const { scenarios, problems } = joined(readings)
  return { scenarios: problems.length > 0 ? [] : scenarios, problems: inReadingOrder(problems) }
}

export const isModule = (path: string): boolean => /\.[cm]?[jt]s$/.test(path)

const nothingIn = (file: string): Problem => ({
  position: { file, line: 1, column: 1 },
  message: 'there is no scenario in this file',
})

const unreadable = (file: string, error: Error): Problem => ({
  position: { file, line: 0, column: 0 },
  message: `this can't be read: ${error.message}`,
})

/** Of a file that is no scenario file at all (a link to /etc/shadow, a key) nothing is shown: neither values nor lines. */
function ownProblems(reading: Reading, text: string, file: string): Reading & { readonly isForeign?: true } {
  if (reading.problems.length === 0 || looksLikeScenario(text)) return reading
  const message =
    text.trim() === '' ? 'there is no scenario in this file' : 'this is no scenario file: it has no key of one'
  return { scenarios: [], problems: [{ position: { file, line: 1, column: 1 }, message }], isForeign: true }
}

/** One of its keys opens a line. */
export const looksLikeScenario = (text: string): boolean =>
  /^[ \t{]*["']?(?:name|broker|client|timeline|expect|until|matrix)["']?[ \t]*:/m.test(text)
