import type { SourcePosition } from '../model/scenario.ts'
import type { ModuleFile } from './module.ts'
import type { Problem } from './problem.ts'

/** What a scenario module threw instead of giving its scenarios; the position is where in that file it came from. */
export function thrownProblem({ message, stack }: Thrown, module: ModuleFile): Problem {
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

export interface Thrown {
  readonly message: string
  readonly stack: string
}

interface Place {
  readonly line: number
  readonly column: number
}

/** The first frame of the stack that lies in this file. */
export function placeIn({ path }: ModuleFile, stack: string): Place | undefined {
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
export function firstLine({ text }: ModuleFile, like: RegExp): Place | undefined {
  const index = text.split('\n').findIndex(line => like.test(line))
  return index < 0 ? undefined : { line: index + 1, column: 1 }
}

/** Compiled columns can lie beyond the line's end. */
export function within({ text, file }: ModuleFile, line: number, column: number): SourcePosition {
  const lines = text.split('\n')
  const inside = Math.min(Math.max(line, 1), lines.length)
  return { file, line: inside, column: Math.min(Math.max(column, 1), (lines[inside - 1]?.length ?? 0) + 1) }
}
