import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import which from 'which'
import { onAbort } from '../../clock/clock.ts'
import { realClock } from '../../clock/real.ts'
import { formatMs } from '../../model/duration.ts'
import { MAKER, sweepForgotten } from '../../processes/reaper.ts'
import { tether } from '../../processes/tether.ts'
import { plainly } from '../../text/message-of.ts'
import { makeFolder } from '../../text/write-files.ts'
import { ask } from './ask.ts'
import { hashOf, stateOf, versionOf, writeStamp } from './built.ts'
import {
  buildFolder,
  type Command,
  inFolder,
  logFile,
  madeName,
  type Need,
  peersFolder,
  type Recipe,
  sourceFolder,
} from './recipe.ts'

interface MakeOptions {
  /** Ends the command that runs, with all that it started; what was made so far is removed. */
  readonly signal?: AbortSignal
  /** More environment for the commands. */
  readonly env?: Readonly<Record<string, string>>
  /** Told of the unfinished folder, so that somebody removes it should this process be killed; call the result once it is gone. */
  readonly guardDirectory?: (path: string) => () => void
  /** How long each command may take; absent: half an hour. */
  readonly limitMs?: number
}

export type Made =
  | { readonly result: 'made' | 'up to date'; readonly version: string }
  | { readonly result: 'skipped'; readonly missing: readonly Need[] }
  /** `tail`: the last lines of what its making said; all of it is in the file `log`. */
  | { readonly result: 'failed'; readonly reason: string; readonly tail: readonly string[]; readonly log: string }
  | { readonly result: 'stopped' }

const TAIL_LINES = 12
const TAIL_BYTES = 16 * 1024
/** Ten times what the slowest of them took on a small machine. */
const STEP_LIMIT_MS = 30 * 60_000
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
    await makeFolder(dirname(log))
    return { result: 'made', version: await makeNow(recipe, log, options) }
  } catch (error) {
    if (options.signal?.aborted) return { result: 'stopped' }
    return {
      result: 'failed',
      reason: plainly(error),
      tail: await tailOf(log),
      log,
    }
  }
}

/** Its version, once it is in place. */
async function makeNow(recipe: Recipe, log: string, options: MakeOptions): Promise<string> {
  const hash = hashOf(recipe)
  // Beside its final place: a rename across file systems is no single step.
  const place = join(peersFolder(), `.${madeName(recipe)}-${MAKER}-${randomUUID().slice(0, 6)}`)
  const release = options.guardDirectory?.(place)
  const [build, temporary] = [join(place, 'made'), join(place, 'tmp')]
  try {
    for (const folder of [place, build, temporary]) await mkdir(folder)
    await sweepForgotten(peersFolder(), place)
    await writeFile(log, '')
    const env = { ...temporaryIn(temporary), ...options.env }
    const { signal, limitMs = STEP_LIMIT_MS } = options
    const context = { cwd: sourceFolder(recipe.folder), log, env, limitMs, ...(signal ? { signal } : {}) }
    for (const step of recipe.steps) await runStep(inFolder(step, build), context)
    const version = await askVersion(inFolder(recipe.run, build), log, { ...options, env })
    writeStamp(build, { hash, version })
    await replace(buildFolder(recipe), build)
    return version
  } finally {
    await rm(place, { recursive: true, force: true, maxRetries: 3 })
    release?.()
  }
}

async function askVersion([file, ...args]: Command, log: string, { env, signal }: MakeOptions): Promise<string> {
  const { code, why, stdout, stderr } = await ask([file, ...args, '--version'], {
    limitMs: VERSION_PATIENCE_MS,
    ...(env ? { env } : {}),
    ...(signal ? { signal } : {}),
  })
  await appendFile(log, `$ ${[file, ...args].join(' ')} --version\n${stdout}\n${stderr}\n`)
  signal?.throwIfAborted()
  const version = stdout.trim().split('\n')[0] ?? ''
  if (code !== 0) throw new Error(`${file} --version: ${why ?? `exit code ${code}`}`)
  if (version === '') throw new Error('it prints no version')
  return version
}

/** For a moment there is none; a run that looks just then says that it is not made. */
async function replace(place: string, build: string): Promise<void> {
  await rm(place, { recursive: true, force: true, maxRetries: 3 })
  await rename(build, place)
}

/** Its end only: a tool may say very much. */
async function tailOf(log: string): Promise<readonly string[]> {
  try {
    await using file = await open(log)
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(TAIL_BYTES),
      0,
      TAIL_BYTES,
      Math.max(0, size - TAIL_BYTES),
    )
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES)
  } catch {
    return []
  }
}

interface StepContext {
  readonly cwd: string
  /** All that it says goes there. */
  readonly log: string
  readonly env: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** How long it may take. */
  readonly limitMs: number
}

/** Runs a command to its end. Rejects where it fails, takes too long or is called off; then nothing of it goes on. */
async function runStep(command: Command, { cwd, log, env, signal, limitMs }: StepContext): Promise<void> {
  await appendFile(log, `$ ${command.join(' ')}\n`)
  await using said = await open(log, 'a')
  const tied = tether(command)
  const [file, ...args] = tied.command
  // A group of its own, so that a stop reaches what npm and cargo start in their turn.
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', said.fd, said.fd, ...tied.stdio],
  })
  tied.hold(child)
  const stop = () => killGroup(child.pid)
  const clock = realClock()
  let late = false
  const cancel = clock.at(clock.nowMs() + limitMs, () => {
    late = true
    stop()
  })
  const forget = onAbort(signal, stop)
  const how = await endOf(child)
  cancel()
  forget()
  signal?.throwIfAborted()
  if (late) throw new Error(`it took longer than ${formatMs(limitMs)}: ${command.join(' ')}`)
  if (how !== undefined) throw new Error(`${how}: ${command.join(' ')}`)
}

/** `undefined` where it went well. */
const endOf = (child: ChildProcess): Promise<string | undefined> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  })

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

/**
 * Where the tools put what they need for a moment: pip, npm, cargo, C compilers and Go go by TMPDIR, Go by GOTMPDIR before that,
 * and a Java virtual machine by a property only; it also keeps a file of figures in /tmp, unless it is told not to.
 */
const temporaryIn = (folder: string, env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> => ({
  TMPDIR: folder,
  TMP: folder,
  TEMP: folder,
  GOTMPDIR: folder,
  JAVA_TOOL_OPTIONS: [env.JAVA_TOOL_OPTIONS, `"-Djava.io.tmpdir=${folder}"`, '-XX:+PerfDisableSharedMem']
    .filter(Boolean)
    .join(' '),
})

/** What is not on this machine of what the recipe needs. */
export async function missingNeeds({ needs }: Recipe): Promise<readonly Need[]> {
  const there = await Promise.all(needs.map(isThere))
  return needs.filter((_need, i) => !there[i])
}

async function isThere({ program, library, test }: Need): Promise<boolean> {
  if (program !== undefined && (await which(program, { nothrow: true })) === null) return false
  if (library !== undefined && !(await succeeds(['pkg-config', '--exists', library]))) return false
  return test === undefined || (await succeeds(test))
}

/** A look, no work; an interpreter may start slowly on a busy machine. */
const PATIENCE_MS = 30_000

const succeeds = async (command: Command): Promise<boolean> => (await ask(command, { limitMs: PATIENCE_MS })).code === 0

/** `go is not there`, `the library libmosquitto is not there`. */
export function describeLack({ program, library, test }: Need): string {
  if (test) return `this does not work here: ${test.join(' ')}`
  return `${program ?? `the library ${library}`} is not there`
}
