import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { realClock } from '../../clock/real.ts'
import { CONFIG_NAMES } from '../../load-project.ts'
import { findFiles, isScenarioFile, literalStart } from '../../scenario/load.ts'
import { kindAt, readText } from '../../text/read-text.ts'

/** More folders than a project has scenarios in. */
const MOST_FOLDERS = 1000
/** An editor saves in several steps. */
const SETTLED_MS = 150

/** What a run depends on, by absolute paths. */
export interface WatchedFiles {
  /** Scenario files, and what they name: modules, programs, certificates, profiles. */
  readonly files: ReadonlySet<string>
  /** Where a new scenario file may come. */
  readonly folders: ReadonlySet<string>
}

/** Also of files that can't be loaded: they are about to be mended. */
export async function watchedFiles(patterns: readonly string[], cwd: string): Promise<WatchedFiles> {
  const { paths } = await findFiles(patterns, cwd)
  const named = await Promise.all(paths.map(path => filesNamedIn(path, cwd)))
  const configs = CONFIG_NAMES.map(name => join(cwd, name))
  const bases = await Promise.all(patterns.map(pattern => foldersBelow(pattern, cwd)))
  const files = new Set([...paths, ...named.flat(), ...configs])
  return { files, folders: new Set([...bases.flat(), ...[...files].map(dirname)]) }
}

/** Words of the text that are files, by their path from the scenario's folder or from here. */
async function filesNamedIn(path: string, cwd: string): Promise<string[]> {
  const text = await readText(path).catch(() => '')
  const words = new Set(text.split(/[\s"'`{}[\](),;=]+/).filter(word => /[./]/.test(word) && word.length < 300))
  return [...words].flatMap(word => [resolve(dirname(path), word), resolve(cwd, word)].filter(isFile))
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

async function foldersBelow(pattern: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, pattern)
  const kind = await kindAt(path)
  if (kind === 'other') return []
  const base = kind === 'folder' ? path : resolve(cwd, literalStart(pattern))
  const options = { cwd: base, absolute: true, onlyDirectories: true, ignore: ['**/node_modules/**'] }
  const found = await glob('**/', options).catch(() => [])
  return [base, ...found.map(folder => resolve(folder))].slice(0, MOST_FOLDERS)
}

/** Calls back with what changed, by its absolute path, once saving has settled. Call the result to end it. */
export function onChange({ files, folders }: WatchedFiles, changed: (path: string) => void): () => void {
  const clock = realClock()
  const watchers: FSWatcher[] = []
  let cancel = () => {}
  const heard = (path: string) => {
    if (!files.has(path) && !isScenarioFile(path)) return
    cancel()
    cancel = clock.at(clock.nowMs() + SETTLED_MS, () => changed(path))
  }
  for (const folder of folders) {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null) heard(join(folder, basename(name)))
      })
      // It was removed.
      watcher.on('error', () => watcher.close())
      watchers.push(watcher)
    } catch {
      // It is not there any more, or may not be read.
    }
  }
  return () => {
    cancel()
    for (const watcher of watchers) watcher.close()
  }
}
