import { readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { nearest } from '../text/nearest.ts'
import type { Problem } from './problem.ts'

/** What makes a file a scenario file where nobody names it. */
const SUFFIXES = ['.yaml', '.yml', '.scenario.ts'] as const

export interface FoundFiles {
  /** Absolute, each once, sorted within its pattern. */
  readonly paths: readonly string[]
  readonly problems: readonly Problem[]
}

/** The files that the patterns name: files, directories (with all that is below) and globs. */
export async function findFiles(patterns: readonly string[], cwd: string): Promise<FoundFiles> {
  const found = await Promise.all(patterns.map(pattern => findOne(pattern, cwd)))
  return {
    paths: [...new Set(found.flatMap(({ paths }) => paths))],
    problems: found.flatMap(({ problems }) => problems),
  }
}

async function findOne(pattern: string, cwd: string): Promise<FoundFiles> {
  const path = resolve(cwd, pattern)
  const status = await stat(path).catch(() => undefined)
  if (status?.isFile()) return { paths: [path], problems: [] }
  const paths = status ? await below(path, '**') : isDynamicPattern(pattern) ? await below(cwd, pattern) : []
  if (paths.length > 0) return { paths, problems: [] }
  // Not to be read, and the reader says why: a FIFO, a device, a socket.
  if (status && !status.isDirectory()) return { paths: [path], problems: [] }
  return { paths: [], problems: [status ? nothingIn(pattern) : await nothingCalled(pattern, cwd)] }
}

async function below(directory: string, pattern: string): Promise<string[]> {
  const options = { cwd: directory, absolute: true, ignore: ['**/node_modules/**'], expandDirectories: false }
  const paths = await glob(pattern, options)
  return paths.filter(path => SUFFIXES.some(suffix => path.endsWith(suffix))).sort()
}

const nothingIn = (pattern: string): Problem => ({
  position: { file: pattern, line: 0, column: 0 },
  message: `no scenario file is in here (${SUFFIXES.map(suffix => `*${suffix}`).join(', ')})`,
})

async function nothingCalled(pattern: string, cwd: string): Promise<Problem> {
  const near = await nearestExisting(pattern, cwd)
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
