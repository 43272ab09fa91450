import { type ChildProcess, spawn } from 'node:child_process'
import { relative } from 'node:path'
import { guardProcess, startReaper } from '../../processes/reaper.ts'
import { tether } from '../../processes/tether.ts'
import { defaultPatterns } from '../../terminal/choose.ts'
import { EXIT, SIGNAL_EXIT } from '../../terminal/exit.ts'
import { complain } from '../../terminal/say.ts'
import { onStopSignal, type Stop } from '../../terminal/stop.ts'
import { harmless } from '../../text/harmless.ts'
import type { RunCommandOptions } from './options.ts'
import { onChange, watchedFiles } from './watched-files.ts'

const KEYS = 'Enter: again; f: what failed; q: quit'

/** What makes the next run begin. */
type Next = { readonly why: string; readonly failedOnly?: boolean } | 'quit'

/**
 * `halfopen run --watch`: plays again whenever something that the scenarios are made of changes. Each run is a process of its own, as
 * if it had been typed, so that nothing of an earlier one stays loaded.
 */
export async function watchScenarios(files: readonly string[], options: RunCommandOptions): Promise<number> {
  const patterns = files.length > 0 ? files : await defaultPatterns()
  const stop = onStopSignal(() => {})
  const keys = listenToKeys()
  let next: Next = { why: '', failedOnly: options.lastFailed === true }
  try {
    while (!stop.signal.aborted) {
      // Before the run: what changes while it plays belongs to the next one.
      const watched = await watchedFiles(patterns, process.cwd())
      const change = untilNext(watched, keys, stop)
      const run = startRun(next)
      const ended = await Promise.race([run.ended, change])
      if (typeof ended === 'number')
        complain(`\nhalfopen: waiting for a change. ${keys.there ? KEYS : 'Ctrl-C ends it.'}\n`)
      const then = await change
      await run.end()
      if (then === 'quit') break
      next = then
      complain(`\nhalfopen: ${harmless(then.why)}\n\n`)
    }
  } finally {
    keys.close()
    stop.dispose()
  }
  const by = stop.by() ?? keys.interrupted()
  return by === undefined ? EXIT.pass : SIGNAL_EXIT[by]
}

function untilNext(watched: Parameters<typeof onChange>[0], keys: Keys, stop: Stop): Promise<Next> {
  return new Promise(resolve => {
    const settle = (next: Next) => {
      unwatch()
      keys.onKey = () => {}
      resolve(next)
    }
    const unwatch = onChange(watched, path => settle({ why: `${relative(process.cwd(), path)} has changed` }))
    keys.onKey = key => {
      if (key === 'q' || key === CTRL_C) settle('quit')
      else if (key === 'f') settle({ why: 'what failed', failedOnly: true })
      else if (key === '\r' || key === '\n') settle({ why: 'once more' })
    }
    stop.signal.addEventListener('abort', () => settle('quit'), { once: true })
  })
}

interface Run {
  /** Its exit code. */
  readonly ended: Promise<number>
  /** Ends it in order; resolves once it is gone. */
  end(): Promise<void>
}

function startRun(next: Next): Run {
  startReaper()
  const words = process.argv.slice(2).filter(word => word !== '--watch' && word !== '--last-failed')
  const more = next !== 'quit' && next.failedOnly ? ['--last-failed'] : []
  const tied = tether([process.execPath, ...process.execArgv, process.argv[1] ?? '', ...words, ...more])
  const [file, ...args] = tied.command
  // In a group of its own: a Ctrl-C of the terminal comes to it from us, once.
  const child: ChildProcess = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', ...tied.stdio],
  })
  tied.hold(child)
  const unguard = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = new Promise<number>(resolve => {
    child.once('error', () => resolve(EXIT.inconclusive))
    child.once('exit', code => resolve(code ?? EXIT.inconclusive))
  }).finally(unguard)
  return {
    ended,
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}

const CTRL_C = '\x03'

interface Keys {
  /** Whether somebody sits at a keyboard. */
  readonly there: boolean
  onKey: (key: string) => void
  interrupted(): 'SIGINT' | undefined
  close(): void
}

/** Raw, so that one key is enough; Ctrl-C is a key then. */
function listenToKeys(): Keys {
  const { stdin } = process
  let by: 'SIGINT' | undefined
  const keys = { there: stdin.isTTY === true, onKey: (_: string) => {}, interrupted: () => by, close: () => {} }
  if (!keys.there) return keys
  const listener = (bytes: Buffer) => {
    const key = bytes.toString('latin1')
    if (key === CTRL_C) by = 'SIGINT'
    keys.onKey(key)
  }
  stdin.setRawMode(true)
  stdin.on('data', listener)
  keys.close = () => {
    stdin.off('data', listener)
    stdin.setRawMode(false)
    stdin.pause()
  }
  return keys
}
