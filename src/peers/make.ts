import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { stateOf, versionOf } from './built.ts'
import { buildFolder, inFolder, logFile, peersFolder, sourceFolder } from './folder.ts'
import { missingNeeds } from './needs.ts'
import type { Command, Need, Recipe } from './recipe.ts'
import { hashOf, writeStamp } from './stamp.ts'

export interface MakeOptions {
  /** Ends the command that runs, with all that it started; what was made so far is removed. */
  readonly signal?: AbortSignal
  /** More environment for the commands. */
  readonly env?: Readonly<Record<string, string>>
  /** Told of the unfinished folder, so that somebody removes it should this process be killed; call the result once it is gone. */
  readonly guardDirectory?: (path: string) => () => void
}

export type Made =
  | { readonly result: 'made' | 'up to date'; readonly version: string }
  | { readonly result: 'skipped'; readonly missing: readonly Need[] }
  /** `tail`: the last lines of what its making said; all of it is in the file `log`. */
  | { readonly result: 'failed'; readonly reason: string; readonly tail: readonly string[]; readonly log: string }
  | { readonly result: 'stopped' }

const TAIL_LINES = 12
/** A virtual machine may take a while to start on a busy computer. */
const VERSION_PATIENCE_MS = 60_000

/** Makes what is not made yet. It takes its final place in one step, so that nothing half-made is ever used. Never rejects. */
export async function make(recipe: Recipe, options: MakeOptions = {}): Promise<Made> {
  if (stateOf(recipe) === 'made') return { result: 'up to date', version: versionOf(recipe) }
  const missing = await missingNeeds(recipe)
  if (missing.length > 0) return { result: 'skipped', missing }
  if (options.signal?.aborted) return { result: 'stopped' }
  const log = logFile(recipe)
  try {
    await mkdir(dirname(log), { recursive: true })
    return { result: 'made', version: await makeNow(recipe, log, options) }
  } catch (error) {
    if (options.signal?.aborted) return { result: 'stopped' }
    return {
      result: 'failed',
      reason: error instanceof Error ? error.message : String(error),
      tail: await tailOf(log),
      log,
    }
  }
}

/** Its version, once it is in place. */
async function makeNow(recipe: Recipe, log: string, options: MakeOptions): Promise<string> {
  const hash = hashOf(recipe)
  // Beside its final place: a rename across file systems is no single step.
  const build = join(peersFolder(), `.${recipe.folder}-${randomUUID()}`)
  const release = options.guardDirectory?.(build)
  try {
    await mkdir(build)
    await writeFile(log, '')
    for (const step of recipe.steps) await runStep(inFolder(step, build), recipe, log, options)
    const version = await askVersion(inFolder(recipe.run, build), log, options)
    writeStamp(build, { hash, version })
    await replace(buildFolder(recipe), build)
    return version
  } finally {
    await rm(build, { recursive: true, force: true, maxRetries: 3 })
    release?.()
  }
}

async function runStep(command: Command, { folder }: Recipe, log: string, options: MakeOptions): Promise<void> {
  const [file, ...args] = command
  await appendFile(log, `$ ${command.join(' ')}\n`)
  // A group of its own, so that a stop reaches what npm and cargo start in their turn.
  const child = execa(file, args, {
    cwd: sourceFolder(folder),
    env: options.env ?? {},
    detached: true,
    stdin: 'ignore',
    stdout: { file: log, append: true },
    stderr: { file: log, append: true },
    reject: false,
  })
  const stop = () => killGroup(child.pid)
  options.signal?.addEventListener('abort', stop, { once: true })
  // It may have come while nobody listened.
  if (options.signal?.aborted) stop()
  const { failed, shortMessage = '' } = await child
  options.signal?.removeEventListener('abort', stop)
  options.signal?.throwIfAborted()
  if (failed) throw new Error(shortMessage.split('\n')[0] ?? '')
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

async function askVersion([file, ...args]: Command, log: string, { env, signal }: MakeOptions): Promise<string> {
  const { stdout, stderr, failed, shortMessage } = await execa(file, [...args, '--version'], {
    env: env ?? {},
    stdin: 'ignore',
    timeout: VERSION_PATIENCE_MS,
    ...(signal ? { cancelSignal: signal, killSignal: 'SIGKILL' as const } : {}),
    reject: false,
  })
  await appendFile(log, `$ ${[file, ...args].join(' ')} --version\n${stdout}\n${stderr}\n`)
  signal?.throwIfAborted()
  const version = stdout.trim().split('\n')[0] ?? ''
  if (failed || version === '') throw new Error(shortMessage?.split('\n')[0] ?? 'it prints no version')
  return version
}

/** For a moment there is none; a run that looks just then says that it is not made. */
async function replace(place: string, build: string): Promise<void> {
  await rm(place, { recursive: true, force: true, maxRetries: 3 })
  await rename(build, place)
}

async function tailOf(log: string): Promise<readonly string[]> {
  const text = await readFile(log, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-TAIL_LINES)
}
