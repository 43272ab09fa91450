import type { SourcePosition } from '../model/scenario.ts'
import type { Exported, ModuleNews } from './module-child.ts'
import { MODULE_LIMITS, type ModuleEnding, type ModuleLimits, runModule } from './module-process.ts'
import type { Problem, ProblemText } from './problem.ts'
import type { Source } from './source.ts'
import { displayName } from './source.ts'

export interface ModuleFile {
  readonly path: string
  readonly text: string
  /** Its name in positions. */
  readonly file: string
}

/** A scenario as the module exported it, or what of it is no plain data. */
interface ModuleScenario {
  readonly value: unknown
  readonly foreign: readonly ProblemText[]
  readonly source: Source
}

interface ModuleReading {
  readonly scenarios: readonly ModuleScenario[]
  readonly problems: readonly Problem[]
  /** What it printed while it ran. */
  readonly printed: string
}

/** What a module exports by default, a scenario or a list of them; or what became of it instead. */
export async function readModule(
  module: ModuleFile,
  cwd: string,
  limits: ModuleLimits = MODULE_LIMITS,
): Promise<ModuleReading> {
  const ending = await runModule(module.path, cwd, limits)
  const { printed } = ending
  const problem = problemOf(ending, module, limits)
  if (problem) return { scenarios: [], problems: [{ ...problem, alone: true }], printed }
  const start = exportPlace(module)
  const only = (message: string) => ({ scenarios: [], problems: [{ position: start, message }], printed })
  const exported = ending.news.flatMap(news => (news.what === 'loaded' ? [news.exports] : [])).at(0) ?? 'nothing'
  if (exported === 'nothing') return only('there is no default export: export default defineScenario({ ... })')
  if (exported.length === 0) return only('the default export is an empty list')
  const scenarios = exported.map((each): ModuleScenario => {
    const source = sourceOf(each, callPlace(each, module) ?? start, module, cwd)
    return { value: each.value, foreign: each.foreign ?? [], source }
  })
  return { scenarios, problems: [], printed }
}

/** Why there is nothing of it to play; it tells of the module as a program, not of what it exports. */
function problemOf(
  { news, stopped, signal }: ModuleEnding,
  module: ModuleFile,
  limits: ModuleLimits,
): Problem | undefined {
  const at = (message: string, { line, column } = { line: 1, column: 1 }): Problem => ({
    position: within(module, line, column),
    message,
  })
  const trouble = news.find(each => each.what !== 'loaded')
  if (trouble?.what === 'threw') return thrownProblem(trouble, module)
  if (trouble?.what === 'exit')
    return at(`this module ended its own process: process.exit(${trouble.code})`, placeIn(module, trouble.stack))
  if (stopped === 'long') return at('this module hands back more than can be read')
  if (stopped === 'late')
    return at(`this module was not loaded within ${limits.loadMs / 1000} s`, firstLine(module, TOP_LEVEL_AWAIT))
  if (signal !== undefined) return at(`this module ended its own process: ${signal}`)
  if (!hasLoaded(news))
    return at('this module awaits what never comes: its process ended before', firstLine(module, TOP_LEVEL_AWAIT))
  return undefined
}

/** What is deeper in is indented. */
const TOP_LEVEL_AWAIT = /^(?![\s/*]).*\bawait\b/

const hasLoaded = (news: readonly ModuleNews[]): boolean => news.some(({ what }) => what === 'loaded')

/** Where the parts stand that the module wrote out; of the others all that is known is where the whole was made. */
function sourceOf({ places = [] }: Exported, start: SourcePosition, module: ModuleFile, cwd: string): Source {
  const byPath = new Map(places.map(({ path, key, value }) => [JSON.stringify(path), { key, value }]))
  return {
    start,
    find(path, at) {
      const spot = byPath.get(JSON.stringify(path))?.[at ?? 'value']
      if (!spot) return undefined
      const [file, line, column] = spot
      if (file === module.path) return within(module, line, column)
      return { file: displayName(file, cwd), line, column }
    },
    vague: true,
  }
}

function exportPlace({ text, file }: ModuleFile): SourcePosition {
  const index = text.split('\n').findIndex(line => /\bexport\s+default\b|\bas\s+default\b/.test(line))
  return { file, line: Math.max(index, 0) + 1, column: 1 }
}

/** The line is right; the column is that of the compiled call, so it is looked up. */
function callPlace({ site }: Exported, { path, text, file }: ModuleFile): SourcePosition | undefined {
  if (site?.file !== path) return site
  const column = text.split('\n')[site.line - 1]?.indexOf('defineScenario') ?? -1
  return { file, line: site.line, column: Math.max(column, 0) + 1 }
}

/** What a scenario module threw instead of giving its scenarios; the position is where in that file it came from. */
function thrownProblem({ message, stack }: Thrown, module: ModuleFile): Problem {
  const [first = '', second = ''] = message.split('\n')
  const inFile = placeIn(module, stack)
  if (first.startsWith('ParseError')) {
    const what = `not valid TypeScript: ${first.replace(/^ParseError:\s*/, '').trim()}`
    // Its column counts from 0. Without a place in this file it is about one that this file imports.
    if (inFile) return { position: within(module, inFile.line, inFile.column + 1), message: what }
    return { position: within(module, 1, 1), message: `${what} (${second.trim()})` }
  }
  const place = importPlace(module, first) ?? inFile ?? { line: 1, column: 1 }
  return { position: within(module, place.line, place.column), message: `this module threw: ${first}` }
}

interface Thrown {
  readonly message: string
  readonly stack: string
}

interface Place {
  readonly line: number
  readonly column: number
}

/** The first frame of the stack that lies in this file. */
function placeIn({ path }: ModuleFile, stack: string): Place | undefined {
  const [, frame] = stack.split(`${path}:`)
  const [, line, column] = /^(\d+):(\d+)/.exec(frame ?? '') ?? []
  return line === undefined ? undefined : { line: Number(line), column: Number(column) }
}

/** An import that leads nowhere: the stack does not tell its line, since the compiler moves imports to the first one. */
function importPlace({ text }: ModuleFile, message: string): Place | undefined {
  const [, missing] = /^Cannot find (?:module|package) '([^']+)'/.exec(message) ?? []
  const lines = text.split('\n')
  const index = missing === undefined ? -1 : lines.findIndex(line => line.includes(missing))
  return index < 0 ? undefined : { line: index + 1, column: (lines[index]?.indexOf(missing ?? '') ?? 0) + 1 }
}

/** The first line that looks like this. */
function firstLine({ text }: ModuleFile, like: RegExp): Place | undefined {
  const index = text.split('\n').findIndex(line => like.test(line))
  return index < 0 ? undefined : { line: index + 1, column: 1 }
}

/** Compiled columns can lie beyond the line's end. */
function within({ text, file }: ModuleFile, line: number, column: number): SourcePosition {
  const lines = text.split('\n')
  const inside = Math.min(Math.max(line, 1), lines.length)
  return { file, line: inside, column: Math.min(Math.max(column, 1), (lines[inside - 1]?.length ?? 0) + 1) }
}
