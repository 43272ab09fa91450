import { spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import which from 'which'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { say } from '../../terminal/say.ts'
import { kindAt } from '../../text/read-text.ts'
import { HOME } from '../../vitest/own-folder.ts'
import { judgeFiles } from './run.ts'

export interface ShowOptions {
  readonly print?: boolean
}

/** As `run` calls it in CI, beside the evidence. */
const PAGE = 'run.html'

/** `halfopen show`. Its exit code says whether there is a page, not what came of the run. */
export async function showRun(run: string | undefined, { print = false }: ShowOptions): Promise<number> {
  const page = await pageOf(await found(run))
  if (!(await isThere(page))) return EXIT.inconclusive
  say(`${page}\n`)
  const browser = print ? undefined : browserHere(process.env, process.platform)
  if (browser !== undefined) await open([...browser, pathToFileURL(page).href])
  return EXIT.pass
}

/** By its name in `.halfopen/`, or by a path. */
async function found(run: string | undefined): Promise<string> {
  const candidates = run === undefined ? [join(HOME, 'latest'), await newest()] : [join(HOME, run), run]
  for (const path of candidates) if (path !== undefined && (await isThere(path))) return resolve(path)
  const what =
    run === undefined ? 'no run is kept in .halfopen/' : `there is no run '${run}', in .halfopen/ or by its path`
  throw new Complaint(`error: ${what}; halfopen run keeps one`, EXIT.usage)
}

/** Where links can't be made, nothing is called latest. */
async function newest(): Promise<string | undefined> {
  const names = await readdir(HOME).catch(() => [])
  const last = names
    .filter(name => /^\d{4}-/.test(name))
    .toSorted()
    .at(-1)
  return last === undefined ? undefined : join(HOME, last)
}

const isThere = async (path: string): Promise<boolean> => (await kindAt(path)) !== 'nothing'

/** The page of this evidence, which is made where there is none, or an older one. */
async function pageOf(path: string): Promise<string> {
  if (path.endsWith('.html')) return path
  const page = (await kindAt(path)) === 'folder' ? join(path, PAGE) : path.replace(/(?:\.ndjson)?$/, '.html')
  if (await isOlder(page, path)) await judgeFiles([path], { html: page, reporter: [] })
  return page
}

async function isOlder(page: string, evidence: string): Promise<boolean> {
  const [made, saved] = await Promise.all([page, evidence].map(path => stat(path).catch(() => undefined)))
  // A folder is changed by the page itself.
  return made === undefined || (saved !== undefined && !saved.isDirectory() && saved.mtimeMs > made.mtimeMs)
}

type Browser = readonly [file: string, ...args: string[]]

/** What opens a page here; `undefined` where nobody would see it. */
export function browserHere(
  { BROWSER, DISPLAY, WAYLAND_DISPLAY, CI }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Browser | undefined {
  if (CI) return undefined
  if (BROWSER) return [BROWSER]
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '""']
  if (!DISPLAY && !WAYLAND_DISPLAY) return undefined
  return which.sync('xdg-open', { nothrow: true }) === null ? undefined : ['xdg-open']
}

/** Resolves once it is started; it goes on without us. One that can't be started is no loss: the path was printed. */
const open = ([file, ...args]: Browser): Promise<void> =>
  new Promise(resolve => {
    const child = spawn(file, args, { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve())
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
