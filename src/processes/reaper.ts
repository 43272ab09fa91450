import * as childProcess from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import * as files from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '../clock/real.ts'
import { reaperMain, startTimeOf } from './reaper-main.ts'

/** Who made a thing that outlives its maker: a container, a folder. A process id alone may be reused. */
interface Owner {
  readonly host: string
  readonly pid: number
  /** Empty where the system does not tell. */
  readonly began: string
}

const beganOf = (pid: number): string => startTimeOf(pid, fs, childProcess)

export const me: Owner = { host: hostname(), pid: process.pid, began: beganOf(process.pid) }

/** `undefined` where the text names none. */
export function ownerIn(text: string | undefined): Owner | undefined {
  try {
    const { host, pid, began } = JSON.parse(text ?? '') as Partial<Owner>
    const isOne = typeof host === 'string' && typeof began === 'string' && Number.isInteger(pid)
    return isOne ? { host, pid: Number(pid), began } : undefined
  } catch {
    return undefined
  }
}

/** `elsewhere`: on another machine, or in another container; nobody can tell that from here. */
export function stateOf({ host, pid, began }: Owner): 'alive' | 'gone' | 'elsewhere' {
  if (host !== me.host) return 'elsewhere'
  const lives = began === '' ? canBeSignalled(pid) : beganOf(pid) === began
  return lives ? 'alive' : 'gone'
}

/** Between two starts of a machine, and among those who see the same process ids: there a number and a date tell a process. */
const HERE = hereOf(() => [
  fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'),
  fs.readlinkSync('/proc/self/ns/pid'),
])

function hereOf(told: () => readonly string[]): string {
  try {
    return createHash('sha256').update(told().join()).digest('hex').slice(0, 8)
  } catch {
    // Only Linux tells.
    return ''
  }
}

/** Stands in the name of what may be left without an owner: a folder may be killed together with its maker before anything is in it. */
export const MAKER = HERE === '' ? `${me.pid}` : `${me.pid}.${me.began}.${HERE}`

/** `elsewhere` is also before this machine was started, and where that can't be told: a container may share a folder with us. */
function stateOfMaker(text: string): ReturnType<typeof stateOf> {
  const [pid, began = '', place] = text.split('.')
  const state = stateOf({ host: me.host, pid: Number(pid), began })
  return state === 'gone' && (HERE === '' || place !== HERE) ? 'elsewhere' : state
}

function canBeSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * A program may put a child into the background, and that child may leave its group of processes (setsid). What it can hardly
 * help is to inherit the environment, so everything that we start carries a mark there: `HALFOPEN_RUN=<this process>/<number>/`.
 * Linux shows the environment of one's own processes in /proc. Elsewhere only the group is ended (docs/drivers.md).
 */

export const MARK_VARIABLE = 'HALFOPEN_RUN'

/** Where halfopen itself runs inside of a halfopen, what the inner one started is the outer one's too. */
const OURS = `${process.env[MARK_VARIABLE] ?? ''}${MAKER}-${randomUUID()}/`

let count = 0
/** For the environment of everything that is started for one purpose. */
export const newMark = (): string => `${OURS}${++count}/`

/** Kills whatever carries the mark, and what that started meanwhile. Resolves once nothing is found any more. */
export const endMarked = (mark: string): Promise<void> => sweep(`${MARK_VARIABLE}=${mark}`, files)

const background = new Set<Promise<unknown>>()

/** What nobody waits for where it is begun. Never rejects. */
export function inBackground(work: Promise<unknown>): void {
  const done = work.catch(() => {}).finally(() => background.delete(done))
  background.add(done)
}

/**
 * Resolves once nothing of it is left. A thread that is ended while it opens files takes the whole process with it: Node 20.20.2 aborts with
 * `OpenFileHandle ... Assertion failed: (argc) == (5)`.
 */
export async function settled(): Promise<void> {
  while (background.size > 0) await Promise.all(background)
}

/** Uses nothing but its parameters and Node's globals, since the reaper runs it from its text. */
async function sweep(marked: string, { readdir, readFile }: Pick<typeof files, 'readdir' | 'readFile'>): Promise<void> {
  const MOST_ROUNDS = 50
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const names = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))
    const others: number[] = []
    // One after the other: a thousand at once would be as many descriptors.
    for (const name of names) {
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
      if (`\0${environment}`.includes(`\0${marked}`) && Number(name) !== process.pid) others.push(Number(name))
    }
    if (others.length === 0) return
    for (const pid of others) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
    }
  }
}

const MADE = /^(?:sem\.)?(?:halfopen-|\.)[a-z][a-z0-9.-]{0,80}-(\d{1,10}(?:\.[0-9a-f]{1,20}){0,2})-\w{6}$/
const MARKED_BY = /(?:^|\/)(\d{1,10}\.\d{1,20}\.[0-9a-f]{8})-/g

/** Of what is left elsewhere nobody can tell whether it is still used; no run takes as long as this. */
const FORGOTTEN_MS = 24 * 3_600_000

/**
 * Removes what processes that are gone have left in a folder: at once where they were killed here, together with their watchdog; else
 * once it is a day older than `fresh`, which was made just now. Never rejects.
 */
export async function sweepForgotten(folder: string, fresh?: string): Promise<void> {
  for (const name of await files.readdir(folder).catch(() => [])) {
    const [, maker] = MADE.exec(name) ?? []
    if (maker === undefined) continue
    const state = stateOfMaker(maker)
    const isLeft = state === 'gone' || (state === 'elsewhere' && (await isOld(join(folder, name), fresh)))
    if (isLeft) await files.rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}

async function isOld(path: string, fresh: string | undefined): Promise<boolean> {
  const dateOf = async (file: string) => (await files.stat(file).catch(() => undefined))?.mtimeMs ?? Number.NaN
  return fresh !== undefined && (await dateOf(fresh)) - (await dateOf(path)) >= FORGOTTEN_MS
}

/** Kills what carries the mark of a process that was killed here together with its watchdog. Never rejects. */
export async function endForgotten(): Promise<void> {
  for (const name of await files.readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const environment = await files.readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
    const mark = environment.split('\0').find(entry => entry.startsWith(`${MARK_VARIABLE}=`)) ?? ''
    const makers = [...mark.slice(MARK_VARIABLE.length + 1).matchAll(MARKED_BY)].map(([, maker = '']) => maker)
    if (!makers.some(maker => stateOfMaker(maker) === 'gone')) continue
    try {
      process.kill(Number(name), 'SIGKILL')
    } catch {}
  }
}

let isSwept = false

/** Once, before anything of ours is started. Processes first: they would write into their folders again. */
async function sweepOnce(): Promise<void> {
  if (isSwept) return
  isSwept = true
  await endForgotten()
  for (const folder of [tmpdir(), '/dev/shm']) await sweepForgotten(folder)
}

let guards = 0
let release = () => {}

/** Has the reaper do the same for all that this process started, should it be killed. Call the result once yours is ended. */
export function guardMarked(): () => void {
  if (guards++ === 0) {
    const program = `(${sweep})(${JSON.stringify(`${MARK_VARIABLE}=${OURS}`)}, require('node:fs/promises'))`
    release = guardCommand(process.execPath, ['-e', program])
  }
  let held = true
  return () => {
    if (held && --guards === 0) release()
    held = false
  }
}

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
  inBackground(sweepOnce())
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
