import * as childProcess from 'node:child_process'
import * as fs from 'node:fs'
import { realClock } from '../clock/real.ts'
import { reaperMain, startTimeOf } from './reaper-main.ts'

const PROGRAM = `const fs = require('node:fs'), childProcess = require('node:child_process')
const startTimeOf = ${startTimeOf}
;(${reaperMain})(startTimeOf, fs, childProcess)`

/** What is to be gone when this process is. Kept here too, so that a new watchdog can be told all of it. */
const guarded = new Set<string>()
let watchdog: childProcess.ChildProcess | undefined

/** One that ends sooner could not live here: out of memory, out of processes. The next one waits for as long. */
const LEAST_LIFE_MS = 500
const clock = realClock()

/**
 * Starts the watchdog now, where there is none: a process of its own session that outlives us, by SIGKILL too, just long
 * enough to clean up. Call it before a first child, so that no moment is left in which that child is nobody's. Where the
 * watchdog itself was killed, the next one is started as soon as that is known.
 */
export function startReaper(): void {
  if (watchdog) return
  const startedMs = clock.nowMs()
  const started = childProcess.spawn(process.execPath, ['-e', PROGRAM], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Options meant for us (an inspector, a loader) are none of its business.
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const forget = () => {
    if (watchdog !== started) return
    watchdog = undefined
    if (guarded.size === 0) return
    if (clock.nowMs() - startedMs >= LEAST_LIFE_MS) startReaper()
    else clock.at(clock.nowMs() + LEAST_LIFE_MS, startReaper)
  }
  started.on('error', forget)
  started.on('exit', forget)
  // A broken pipe says no more than `exit` does.
  started.stdin?.on('error', forget)
  started.unref()
  // The pipe must not keep us alive either; it is a socket, whatever its type says.
  if (started.stdin && 'unref' in started.stdin) (started.stdin as import('node:net').Socket).unref()
  watchdog = started
  for (const entry of guarded) send('+', entry)
}

/** The process is killed when ours has ended. Call the result once it is gone. */
export function guardProcess(pid: number): () => void {
  return guard(['pid', pid, startTimeOf(pid, fs, childProcess)])
}

/** The directory is removed when our process has ended. Call the result once it is gone. */
export function guardDirectory(path: string): () => void {
  return guard(['dir', path])
}

/** The command is run when our process has ended; 60 s at most. Call the result once there is nothing left for it to do. */
export function guardCommand(file: string, args: readonly string[]): () => void {
  return guard(['run', file, ...args])
}

function guard(what: readonly (string | number)[]): () => void {
  const entry = JSON.stringify(what)
  startReaper()
  guarded.add(entry)
  send('+', entry)
  return () => {
    if (guarded.delete(entry)) send('-', entry)
  }
}

const send = (sign: '+' | '-', entry: string): void => {
  watchdog?.stdin?.write(`["${sign}",${entry.slice(1)}\n`)
}
