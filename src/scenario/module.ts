import { createJiti, type Jiti } from 'jiti'
import type { SourcePosition } from '../model/scenario.ts'
import { callSiteOf, defineScenario } from './define.ts'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

export interface ModuleScenario {
  readonly value: unknown
  readonly source: Source
}

export interface ModuleReading {
  readonly scenarios: readonly ModuleScenario[]
  readonly problems: readonly Problem[]
}

/** Runs scenario modules. They get `halfopen` from here, so that one also loads where it is not installed. */
export const moduleRunner = (cwd: string): Jiti =>
  createJiti(`${cwd}/`, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { halfopen: { defineScenario } },
  })

export interface ModuleFile {
  readonly path: string
  readonly text: string
  /** Its name in positions. */
  readonly file: string
}

/** What a module exports by default: a scenario, or a list of them. */
export async function readModule(jiti: Jiti, { path, text, file }: ModuleFile): Promise<ModuleReading> {
  const at = (line: number, column: number) => within(text, { file, line, column })
  let exported: unknown
  try {
    exported = await jiti.import(path)
  } catch (error) {
    return { scenarios: [], problems: [{ position: thrownAt(error, path, text, at), message: messageOf(error) }] }
  }
  const exportLine = text.split('\n').findIndex(line => /\bexport\s+default\b|\bas\s+default\b/.test(line)) + 1
  const start = at(Math.max(exportLine, 1), 1)
  const value = Object.hasOwn(Object(exported), 'default') ? Reflect.get(Object(exported), 'default') : undefined
  if (value === undefined)
    return {
      scenarios: [],
      problems: [{ position: start, message: 'there is no default export: export default defineScenario({ ... })' }],
    }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0)
    return { scenarios: [], problems: [{ position: start, message: 'the default export is an empty list' }] }
  return {
    scenarios: list.map(value => ({ value, source: sourceOf(callPlace(value, path, text, at) ?? start) })),
    problems: [],
  }
}

type At = (line: number, column: number) => SourcePosition

const sourceOf = (start: SourcePosition): Source => ({ start, find: () => undefined, vague: true })

/** The line is right; the column is that of the compiled call, so it is looked up. */
function callPlace(scenario: unknown, path: string, text: string, at: At): SourcePosition | undefined {
  const site = callSiteOf(scenario)
  if (!site || site.file !== path) return site
  const column = text.split('\n')[site.line - 1]?.indexOf('defineScenario') ?? -1
  return at(site.line, column < 0 ? site.column : column + 1)
}

function thrownAt(error: unknown, path: string, text: string, at: At): SourcePosition {
  const { message, stack = '' } = Object(error) as Partial<Error>
  // The import itself, which the compiler moved to the first line.
  const [, missing] = /^Cannot find (?:module|package) '([^']+)'/.exec(message ?? '') ?? []
  const line = missing === undefined ? -1 : text.split('\n').findIndex(line => line.includes(missing))
  if (missing !== undefined && line >= 0) return at(line + 1, (text.split('\n')[line]?.indexOf(missing) ?? 0) + 1)
  const after = stack.split(`${path}:`)[1] ?? ''
  const [, lineText, columnText] = /^(\d+):(\d+)/.exec(after) ?? []
  // A syntax error's column counts from 0.
  return at(Number(lineText ?? 1), Number(columnText ?? 1) + (isSyntaxError(message) ? 1 : 0))
}

const isSyntaxError = (message = ''): boolean => message.startsWith('ParseError')

function messageOf(error: unknown): string {
  const { message } = Object(error) as Partial<Error>
  const [first = ''] = (message ?? String(error)).split('\n')
  return isSyntaxError(first)
    ? `not valid TypeScript: ${first.replace(/^ParseError:\s*/, '').trim()}`
    : `this module threw: ${first}`
}

/** Compiled columns can lie beyond the line's end. */
function within(text: string, { file, line, column }: SourcePosition): SourcePosition {
  const lines = text.split('\n')
  const inside = Math.min(Math.max(line, 1), lines.length)
  return { file, line: inside, column: Math.min(Math.max(column, 1), (lines[inside - 1]?.length ?? 0) + 1) }
}
