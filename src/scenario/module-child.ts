/**
 * The whole program of the process in which one scenario module runs, with the module's path and the user's folder as its
 * arguments. A module is a program: it may end its process, wait for ever, throw when it likes and change what JavaScript is
 * made of. Here it does that to itself only, and what it exports comes back as JSON, one message a line, on descriptor 3.
 *
 * What is needed after the module has run is taken before: it may have been changed.
 */
import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { createJiti } from 'jiti'
import type { SourcePosition } from '../model/scenario.ts'
import { callSiteOf, defineScenario } from './define.ts'
import { installPlaces, partsOf, placesPlugin, type SourcePart } from './places.ts'
import { DEEPEST, notPlain } from './plain.ts'
import type { Path, ProblemText } from './problem.ts'

/** A value that a module exported, or why it is no plain data; `site`: where `defineScenario` was called for it. */
export interface Exported {
  readonly value?: unknown
  readonly foreign?: readonly ProblemText[]
  readonly site?: SourcePosition
  /** Where its parts stand, as far as that is known. */
  readonly places?: readonly ExportedPlace[]
}

export interface ExportedPlace extends SourcePart {
  readonly path: Path
}

/** What the process has to say. More may come after `loaded`: a module can throw later. */
export type ModuleNews =
  | { readonly what: 'loaded'; readonly exports: 'nothing' | readonly Exported[] }
  | { readonly what: 'threw'; readonly message: string; readonly stack: string }
  | { readonly what: 'exit'; readonly code: string; readonly stack: string }

const NEWS_FD = 3
const { stringify } = JSON
const { isArray } = Array
const { keys } = Object
const exit = process.exit.bind(process)
const [path = '', cwd = ''] = process.argv.slice(-2)

// While the main thread is busy for ever, another one has to see that who asked is gone: then descriptor 4 is closed.
const WATCHDOG = `const { Socket } = require('node:net')
const end = () => { try { process.kill(-process.pid, 'SIGKILL') } catch { process.kill(process.pid, 'SIGKILL') } }
new Socket({ fd: 4 }).on('error', end).on('close', end).resume()`
new Worker(WATCHDOG, { eval: true }).unref()

process.exit = code => {
  tell({ what: 'exit', code: `${code ?? ''}`, stack: `${new Error().stack}` })
  return exit(code)
}
process.on('uncaughtException', error => {
  tell(thrown(error))
  exit(1)
})

installPlaces()
try {
  // They get `defineScenario` from here, so that a module also loads where halfopen is not installed (`npx halfopen run`).
  const jiti = createJiti(`${cwd}/`, {
    fsCache: false,
    sourceMaps: true,
    transformOptions: { babel: { plugins: [placesPlugin] } },
    interopDefault: false,
    virtualModules: { halfopen: { defineScenario } },
  })
  const exported = await jiti.import<object>(path)
  const value: unknown = 'default' in exported ? exported.default : undefined
  const values: readonly unknown[] = isArray(value) ? value : [value]
  tell({ what: 'loaded', exports: value === undefined ? 'nothing' : values.map(asData) })
} catch (error) {
  tell(thrown(error))
  exit(1)
}

/** Descriptors take it at once, so that nothing is lost when the process ends with the next line. */
function tell(news: ModuleNews): void {
  const bytes = Buffer.from(`${stringify(news)}\n`)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(NEWS_FD, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  }
}

/** Getters are asked here, and throw here. */
function asData(value: unknown): Exported {
  const site = callSiteOf(value)
  const foreign = notPlain(value)
  const places = placesIn(value, [], [])
  return { ...(foreign.length > 0 ? { foreign } : { value }), ...(site && { site }), places }
}

function placesIn(value: unknown, path: Path, above: readonly object[]): readonly ExportedPlace[] {
  if (typeof value !== 'object' || value === null || above.length > DEEPEST || includes(above, value)) return []
  const parts = partsOf(value)
  const found: ExportedPlace[] = []
  for (const name of keys(value)) {
    const step = isArray(value) ? Number(name) : name
    const below = [...path, step]
    const part = parts[name]
    if (part) found[found.length] = { path: below, ...part }
    const item: unknown = Reflect.get(value, name)
    for (const place of placesIn(item, below, [...above, value])) found[found.length] = place
  }
  return found
}

function includes(list: readonly object[], wanted: object): boolean {
  for (const each of list) if (each === wanted) return true
  return false
}

function thrown(error: unknown): ModuleNews {
  try {
    const { message = String(error), stack = '' } = Object(error) as Partial<Error>
    return { what: 'threw', message: `${message}`, stack: `${stack}` }
  } catch {
    return { what: 'threw', message: 'something that has no words', stack: '' }
  }
}
