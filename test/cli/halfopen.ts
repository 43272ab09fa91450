import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

export const REPOSITORY = join(import.meta.dirname, '../..')
export const MAIN = join(REPOSITORY, 'dist/cli/main.js')

/** A project in a folder of its own, removed with the test. */
export interface Project extends AsyncDisposable {
  readonly dir: string
  write(file: string, text: string): Promise<void>
  /** `halfopen ...args` as built, in this project. It never rejects for an exit code. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof start>
}

/** Colours and CI are what the test says, not what the machine that runs it says. */
const ENV = {
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  CI: undefined,
  GITHUB_ACTIONS: undefined,
  HALFOPEN_REQUIRE: undefined,
}

const start = (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execa(process.execPath, [MAIN, ...args], { cwd, reject: false, env: { ...ENV, ...env } })

/** As a shell counts: a death by signal too. */
export const shellCode = ({ exitCode, signal }: { readonly exitCode?: number; readonly signal?: NodeJS.Signals }) =>
  exitCode ?? (signal === undefined ? undefined : 128 + constants.signals[signal])

export async function project(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), 'halfopen-cli-'))
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await writeFile(join(dir, file), text)
  }
  for (const [file, text] of Object.entries(files)) await write(file, text)
  return {
    dir,
    write,
    run: (args, env) => start(dir, args, env),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

/** A silent client of K = 1 that its broker drops after 1.5 s: the shortest scenario with a verdict. */
const SILENT = `broker: aedes
client: { name: silent, keepalive: 1s }
`

export const PASSES = `name: a broker drops a silent client\n${SILENT}expect: [broker-drops-client]\nuntil: 3s\n`

export const FAILS = `name: a silent client stays connected\n${SILENT}expect:\n  - stays-connected\nuntil: 3s\n`

/** The run ends before the window does. */
export const INCONCLUSIVE = `name: a run that is too short\n${SILENT}expect: [broker-drops-client]\nuntil: 1s\n`

export const UNREADABLE = `name: a slip of the pen\n${SILENT}expect: [broker-drop-client]\nuntil: 3x\n`

export const LONG = `name: a run of a minute\n${SILENT}expect: [broker-drops-client]\nuntil: 60s\n`

/** Aedes lives in halfopen's own process, which cannot freeze it. */
export const SKIPPED = `name: a frozen Aedes\n${SILENT}timeline: [{ at: 1s, fault: freeze }]\nexpect: [stays-connected]\nuntil: 3s\n`
