import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Clock } from '../clock/clock.ts'
import { realClock } from '../clock/real.ts'
import { built } from '../model/package.ts'
import { endMarked, guardMarked, MARK_VARIABLE, newMark, startReaper } from '../processes/reaper.ts'
import { tetherByKernel } from '../processes/tether.ts'
import { parseJson } from '../text/json.ts'
import type { ModuleNews } from './module-child.ts'

/** What became of the process in which a module ran. */
export interface ModuleEnding {
  readonly news: readonly ModuleNews[]
  /** It was ended: it took longer than it may, or said more than it may. */
  readonly stopped?: 'late' | 'long'
  /** By which it ended itself. */
  readonly signal?: string
  /** What it printed, as it is; cut where it is too long. */
  readonly printed: string
}

export interface ModuleLimits {
  /** To load, imports and all. */
  readonly loadMs: number
  /** To end by itself afterwards: it may still throw, and that is told. Then it is ended: nothing of it is needed any more. */
  readonly lingerMs: number
}

const PROGRAM = fileURLToPath(built(new URL('./module-child.ts', import.meta.url).href))

export const MODULE_LIMITS: ModuleLimits = { loadMs: 30_000, lingerMs: 2000 }

const MOST_NEWS = 1 << 24
const MOST_PRINTED = 1 << 16

/** Runs one module in a process of its own, and ends all that it started. Never rejects for what the module does. */
export async function runModule(path: string, cwd: string, limits: ModuleLimits): Promise<ModuleEnding> {
  startReaper()
  const mark = newMark()
  const release = guardMarked()
  try {
    return await runMarked(path, cwd, limits, mark)
  } finally {
    // What it started may have left its group of processes.
    await endMarked(mark)
    release()
  }
}

async function runMarked(path: string, cwd: string, limits: ModuleLimits, mark: string): Promise<ModuleEnding> {
  const clock = realClock()
  const [file, ...args] = tetherByKernel([process.execPath, PROGRAM, path, cwd])
  const child = spawn(file, args, {
    cwd,
    // A group of its own, so that what the module starts can be ended with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    // Descriptor 4 is closed when our process is gone, whatever ended it.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // Options meant for us (an inspector, a loader) are none of its business.
    env: { ...process.env, NODE_OPTIONS: '', [MARK_VARIABLE]: mark },
  })
  let stopped: ModuleEnding['stopped']
  let [news, printed] = ['', '']
  const stop = (why?: 'late' | 'long') => {
    stopped ??= why
    killGroup(child)
  }
  let cancel = clock.at(clock.nowMs() + limits.loadMs, () => stop('late'))
  listen(child, 3, text => {
    news += text
    if (news.length > MOST_NEWS) stop('long')
    if (!text.includes('\n')) return
    cancel()
    cancel = clock.at(clock.nowMs() + limits.lingerMs, () => stop())
  })
  for (const fd of [1, 2])
    listen(child, fd, text => {
      printed = (printed + text).slice(0, MOST_PRINTED)
    })
  const signal = await endOf(child, clock)
  cancel()
  killGroup(child)
  for (const stream of child.stdio) stream?.destroy()
  return {
    news: parsed(news),
    printed: withoutTraces(printed),
    ...(stopped ? { stopped } : signal && !loaded(news) ? { signal } : {}),
  }
}

/** Where Node begins to tell of its own end: `process.abort()`, no memory left. What ended it is told by its signal. */
const TRACES = /^(?:----- (?:Native|JavaScript) stack trace -----|<--- Last few GCs --->|#\n# Fatal error in .*)$/m

function withoutTraces(printed: string): string {
  const start = printed.search(TRACES)
  return start < 0 ? printed : printed.slice(0, start).trimEnd()
}

function listen(child: ChildProcess, fd: number, take: (text: string) => void): void {
  const stream = child.stdio[fd] as NodeJS.ReadableStream | null
  stream?.setEncoding('utf8')
  stream?.on('data', take)
  stream?.on('error', () => {})
}

/** What it started, and what left its group, may hold its descriptors open. */
const PATIENCE_MS = 1000

/** The signal that ended it, if one did; after all that it said. */
const endOf = (child: ChildProcess, clock: Clock): Promise<string | undefined> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (_, signal) => {
      killGroup(child)
      const cancel = clock.at(clock.nowMs() + PATIENCE_MS, () => resolve(signal ?? undefined))
      child.once('close', () => {
        cancel()
        resolve(signal ?? undefined)
      })
    })
  })

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

const loaded = (news: string): boolean => parsed(news).some(({ what }) => what === 'loaded')

const site = z.object({ file: z.string(), line: z.int(), column: z.int() })
const complaint = z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })
const spot = z.tuple([z.string(), z.int(), z.int()])
const place = z.object({ path: z.array(z.union([z.string(), z.number()])), key: spot, value: spot })
const exported = z.object({
  value: z.unknown().exactOptional(),
  foreign: z.array(complaint).exactOptional(),
  site: site.exactOptional(),
  places: z.array(place).exactOptional(),
})
const moduleNews: z.ZodType<ModuleNews> = z.discriminatedUnion('what', [
  z.object({ what: z.literal('loaded'), exports: z.union([z.literal('nothing'), z.array(exported)]) }),
  z.object({ what: z.literal('threw'), message: z.string(), stack: z.string() }),
  z.object({ what: z.literal('exit'), code: z.string(), stack: z.string() }),
])

/** A module may write there too, and anything; what is none of ours is left out. */
function parsed(text: string): readonly ModuleNews[] {
  return text.split('\n').flatMap(line => {
    const json = parseJson(line)
    const news = 'value' in json ? moduleNews.safeParse(json.value) : undefined
    return news?.success ? [news.data] : []
  })
}
