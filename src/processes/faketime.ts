/**
 * Programs in a time of their own, by libfaketime: a library that is put before the C library (LD_PRELOAD) and answers what a program asks
 * about clocks, and shortens what it waits for. Nothing of it reaches a process that was not started by what `enter` returns.
 *
 * libfaketime keeps the moment from which its time runs in shared memory that its first process makes, and that stays when the process is
 * killed. Ours is made once, named to the reaper, and told to all (FAKETIME_SHARED), so that all their clocks agree. NO_FAKE_STAT keeps them
 * from a lock that they would share otherwise, and that one of them might hold while it is stopped.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs, realClock } from '../clock/real.ts'
import { formatMs } from '../model/duration.ts'
import type { Availability } from '../model/plugin.ts'
import { guardedFolder } from './guarded-folder.ts'
import { guardDirectory, MAKER } from './reaper.ts'
import { tetherByKernel } from './tether.ts'

export const FAKETIME_LIBRARY = 'libfaketimeMT.so.1'
const VARIABLE = 'HALFOPEN_FAKETIME'
const REMEDY = 'apt-get install libfaketime'

/** Where distributions put it: Debian by the machine's kind, the others beside their libraries. `HALFOPEN_FAKETIME` names one. */
export function findFaketime(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env[VARIABLE]
  if (named) return existsSync(named) ? named : undefined
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib']
  const kinds = namesIn('/usr/lib').filter(name => name.endsWith('-gnu') || name.endsWith('-gnueabihf'))
  const places = [...folders, ...kinds.map(kind => `/usr/lib/${kind}`)]
  return places.map(folder => join(folder, 'faketime', FAKETIME_LIBRARY)).find(existsSync)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A hundred files, which every other command would load for nothing. */
const execa = async () => (await import('execa')).execa

const LIMIT_MS = 20_000
/** Of the program's own time: much longer than a start on a busy machine. */
const CANARY_S = 60
const CANARY_SPEED = 100

let known: Promise<Availability> | undefined

/** Whether a program's own timer is really faster with it, here: asked once. */
export function faketimeAvailable(): Promise<Availability> {
  known ??= canary()
  return known
}

async function canary(): Promise<Availability> {
  if (process.platform !== 'linux')
    return { reason: `libfaketime is used on Linux only, and this is ${process.platform}` }
  if (findFaketime() === undefined) {
    const named = process.env[VARIABLE]
    if (named) return { reason: `${VARIABLE} names ${named}, and there is no such file`, remedy: `unset ${VARIABLE}` }
    return { reason: 'libfaketime is not there', remedy: REMEDY }
  }
  try {
    const command = (await fasterTime(CANARY_SPEED)).enter('sh', ['-c', `date +%s%N; sleep ${CANARY_S}; date +%s%N`])
    const { tookMs, lines } = await answered(command)
    const [from = 0, to = 0] = lines.map(line => Number(line) / 1e6)
    const why = unlike(to - from, tookMs, CANARY_S * 1000)
    return why === undefined ? true : { reason: `libfaketime does not make sleep(1) faster here: ${why}` }
  } catch (error) {
    return { reason: `libfaketime can't be used here: ${(error as Error).message.split('\n')[0]}` }
  }
}

/** What a program says, and how much of the machine's time it took. Rejects where it fails or takes too long. */
export async function answered([file, ...args]: readonly string[]): Promise<{
  tookMs: number
  lines: readonly string[]
}> {
  const clock = realClock()
  const [program, ...own] = tetherByKernel([file ?? '', ...args])
  const { stdout } = await (await execa())(program, own, { timeout: LIMIT_MS, stdin: 'ignore' })
  return { tookMs: clock.nowMs(), lines: stdout.trim().split('\n') }
}

/** Why a timer that was to wait `askedMs` of a faster time did not; the program's start takes time of the machine. */
export function unlike(passedMs: number, tookMs: number, askedMs: number): string | undefined {
  if (!(passedMs >= askedMs * 0.98)) return `its clock shows ${Math.round(passedMs)} ms for ${askedMs} ms`
  return tookMs < askedMs / 2 ? undefined : `${askedMs} ms took ${Math.round(tookMs)} ms of the machine's time`
}

/** The time of one or several programs. */
export interface ProgramTime {
  readonly speed: number
  /** The command that becomes this program in that time; the process id stays the same. */
  enter(file: string, args: readonly string[]): readonly [file: string, ...args: string[]]
}

/** What a program in some time reads of its date, between two moments of the machine's monotonic clock. */
export interface ClockReading {
  readonly dateMs: number
  readonly fromMs: number
  readonly toMs: number
}

/** Asked of a program of its own in that time, date(1): what it reads every other program there reads. */
export async function readClock({ enter }: Pick<ProgramTime, 'enter'>): Promise<ClockReading> {
  const fromMs = monotonicMs()
  const { lines } = await answered(enter('date', ['+%s%N']))
  return { dateMs: Number(lines[0]) / 1e6, fromMs, toMs: monotonicMs() }
}

/** Of the lab's time so much may be missed by libfaketime's own arithmetic and by who reads it. */
const DRIFT = 0.02

/**
 * Why a clock that showed `passedMs` while the machine counted between `least` and `most` milliseconds is none that runs `speed` times as
 * fast; `undefined` where it is. `exactMs`: how exactly the clock is shown.
 */
export function otherSpeed(
  passedMs: number,
  [least, most]: readonly [least: number, most: number],
  speed: number,
  exactMs = 0,
): string | undefined {
  const isSo = passedMs >= least * speed * (1 - DRIFT) - exactMs && passedMs <= most * speed * (1 + DRIFT) + exactMs
  return isSo
    ? undefined
    : `counted ${formatMs(Math.round(passedMs))} while the lab counted ${formatMs(Math.round(((least + most) / 2) * speed))}`
}

/** Clocks that can be set: of one program and of what it starts. */
export interface ProgramClocks extends ProgramTime, AsyncDisposable {
  /** Whether its monotonic clock is moved with the calendar's. */
  readonly monotonic: boolean
  /** Why a program in this time reads other clocks than it was given so far; `undefined` where it reads them. */
  unlikeOrders(): Promise<string | undefined>
  /** Resolves once it is so. */
  step(byMs: number): Promise<void>
  /** The clock gains so many milliseconds in each of its own seconds; negative: it loses. */
  drift(msPerS: number): Promise<void>
}

let shared: Promise<SharedStart> | undefined

interface SharedStart {
  /** `/faketime_sem_123 /faketime_shm_123`, as FAKETIME_SHARED wants it. */
  readonly text: string
  /** When its time began, on the machine's monotonic clock: at the start of a shell, which takes some milliseconds. */
  readonly atMs: number
}

function sharedStart(library: string): Promise<SharedStart> {
  shared ??= makeShared(library)
  return shared
}

const SHARED = /^\/(faketime_sem_\d+) \/(faketime_shm_\d+)$/

async function makeShared(library: string): Promise<SharedStart> {
  // Killed, so that it can't remove what it made.
  const script = 'printf "%s\\n" "$FAKETIME_SHARED"; kill -9 $$'
  const env = { LD_PRELOAD: library, FAKETIME: '+0', FAKETIME_SHARED: undefined, NO_FAKE_STAT: '1' }
  const fromMs = monotonicMs()
  const { stdout } = await (await execa())('sh', ['-c', script], {
    env,
    reject: false,
    timeout: LIMIT_MS,
    stdin: 'ignore',
  })
  const [text, semaphore, memory] = SHARED.exec(stdout.trim()) ?? []
  if (text === undefined) throw new Error('it made no shared memory')
  const atMs = (fromMs + monotonicMs()) / 2
  // By names that say whose they are, so that they are found where the watchdog is killed too.
  const own = `halfopen-time-${MAKER}-${randomUUID().slice(0, 6)}`
  for (const [made, name] of [
    [`sem.${semaphore}`, `sem.${own}`],
    [`${memory}`, own],
  ] as const) {
    guardDirectory(`/dev/shm/${name}`)
    await rename(`/dev/shm/${made}`, `/dev/shm/${name}`)
  }
  return { text: `/${own} /${own}`, atMs }
}

async function sharedNow(): Promise<SharedStart> {
  return sharedStart(requireFaketime())
}

function requireFaketime(): string {
  const library = findFaketime()
  if (library === undefined) throw new Error(`libfaketime is not there (${REMEDY})`)
  return library
}

async function environment(): Promise<readonly string[]> {
  const library = requireFaketime()
  const before = process.env.LD_PRELOAD
  return [
    `LD_PRELOAD=${before ? `${library}:${before}` : library}`,
    `FAKETIME_SHARED=${(await sharedStart(library)).text}`,
    'FAKETIME_NO_CACHE=1',
    'NO_FAKE_STAT=1',
  ]
}

/** As libfaketime wants it: no other date, and that many seconds in each. */
export const fasterBy = (speed: number): string => `+0 x${speed}`

/** Time that runs so many times as fast. Throws where libfaketime is not there. A Go program made for it reads HALFOPEN_SPEED. */
export async function fasterTime(speed: number): Promise<ProgramTime> {
  const env = [...(await environment()), `FAKETIME=${fasterBy(speed)}`, `HALFOPEN_SPEED=${speed}`]
  return { speed, enter: (file, args) => ['env', ...env, file, ...args] }
}

/** How exactly a date is read and its beginning known, of the machine's time. */
const EXACT_MS = 50

/** The same, and it can be set. `monotonic`: both clocks together; else the calendar's alone, which can't run faster then. */
export async function settableTime(speed: number, monotonic: boolean): Promise<ProgramClocks> {
  if (speed !== 1 && !monotonic) throw new Error('libfaketime makes both clocks faster, or moves the calendar alone')
  const folder = await guardedFolder('clock')
  const file = join(folder.path, 'time')
  const { atMs: startedMs } = await sharedNow()
  let [offsetMs, rate] = [0, speed]
  /** What it shows beyond its date at the start. */
  const shownMs = (atMs: number) => (atMs - startedMs) * rate + offsetMs
  const write = async () => {
    // In one step: a program may read it at any moment.
    const next = join(folder.path, 'next')
    const seconds = (offsetMs / 1000).toFixed(6)
    await writeFile(next, `${offsetMs < 0 ? '' : '+'}${seconds}${rate === 1 ? '' : ` x${rate}`}\n`)
    await rename(next, file)
  }
  await write()
  const env = [
    ...(await environment()),
    `FAKETIME_TIMESTAMP_FILE=${file}`,
    `HALFOPEN_SPEED=${speed}`,
    ...(monotonic ? [] : ['FAKETIME_DONT_FAKE_MONOTONIC=1']),
  ]
  const enter: ProgramTime['enter'] = (program, args) => ['env', '-u', 'FAKETIME', ...env, program, ...args]
  const first = await readClock({ enter })
  const firstMs = [shownMs(first.fromMs), shownMs(first.toMs)] as const
  return {
    speed,
    monotonic,
    enter,
    async unlikeOrders() {
      const { dateMs, fromMs, toMs } = await readClock({ enter })
      const passedMs = dateMs - first.dateMs
      const [least, most] = [shownMs(fromMs) - firstMs[1], shownMs(toMs) - firstMs[0]]
      const spareMs = Math.max(EXACT_MS * speed, Math.abs(passedMs - offsetMs) * DRIFT)
      if (passedMs >= least - spareMs && passedMs <= most + spareMs) return undefined
      return `a program in its time reads ${formatMs(Math.round(passedMs))} more than at first, and not ${formatMs(Math.round(most))}`
    },
    async step(byMs) {
      offsetMs += byMs
      await write()
    },
    async drift(msPerS) {
      const next = speed * (1 + msPerS / 1000)
      // libfaketime multiplies all that has passed, so what has passed is given back.
      offsetMs += (monotonicMs() - startedMs) * (rate - next)
      rate = next
      await write()
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  }
}
