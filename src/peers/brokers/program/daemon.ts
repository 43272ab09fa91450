import { type ChildProcess, spawn } from 'node:child_process'
import { connect as dialTcp } from 'node:net'
import { connect } from 'node:tls'
import { type MachineDate, realClock } from '../../../clock/real.ts'
import { familyOf, lookAtProcess } from '../../../clock/scheduler.ts'
import { dialects } from '../../../dialects/index.ts'
import { programLog, spawned } from '../../../hosts/program-log.ts'
import {
  endMarked,
  guardMarked,
  guardProcess,
  inBackground,
  MARK_VARIABLE,
  newMark,
  startReaper,
} from '../../../processes/reaper.ts'
import { tether } from '../../../processes/tether.ts'
import { isInGroup, threadStates } from '../../../processes/threads.ts'
import { tlsOptions } from '../../reach/access.ts'
import { answersConnect, webSocketTo } from '../broker-probe.ts'
import type { Launch, ProgramPlace } from './broker-program.ts'

/** One life of a broker's process. */
export interface Daemon {
  readonly pid: number
  /** Resolves once the process is gone, with how it ended: `exit code 3`, `SIGKILL`. */
  readonly exited: Promise<string>
  /** Resolves once the kernel no longer schedules it, or does again. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Also ends a frozen one; resolves once it is gone. */
  kill(): Promise<void>
}

export interface DaemonContext extends ProgramPlace, Launch {
  /** As messages call it. */
  readonly name: string
  readonly onLine: (line: string, seen?: MachineDate) => void
  readonly onTrouble: (note: string) => void
  /** See `BrokerProgram`. */
  readonly dialect?: string | undefined
}

/** Something else listens on the port that was free a moment ago. */
export class PortTaken extends Error {}

/**
 * Much longer than any start of a program that is let run: a hundred mosquittos at once on two cores took 2 s, six RabbitMQs on a busy
 * machine 25 s. Beside 8 programs that never sleep and a whole suite a RabbitMQ was not ready by then.
 */
const START_LIMIT_MS = 60_000
/** Where nothing is let run, a person wants to hear of it some day. */
const LONGEST_START_MS = 3 * START_LIMIT_MS

/** `starvedMs`: how long the program was ready and was not let run. Pure. */
export const startLimitMs = (starvedMs: number): number => Math.min(START_LIMIT_MS + starvedMs, LONGEST_START_MS)

/** Of its threads the one that waited for longest: by so much at least it is later than it would be. */
function starvedMs(pid: number): number {
  const threads = familyOf(pid).flatMap(member => [...(lookAtProcess(member)?.waitedMs.values() ?? [])])
  return threads.reduce((most, ms) => Math.max(most, ms), 0)
}

const POLL_MS = 5
/** A stop is in force within a time slice; this is for a machine in trouble. */
const STATE_LIMIT_MS = 2000
const LINES_KEPT = 30
const CHARACTERS_KEPT = 1000

const NO_ANSWER = 'it did not answer'

/** As C, Go, Rust and Java spell it, and Erlang. */
const TAKEN = /address already in use|eaddrinuse/i

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)

/** Resolves once the broker answers an MQTT CONNECT. Throws the broker's own message where it ends instead. */
export async function launch(context: DaemonContext): Promise<Daemon> {
  startReaper()
  const mark = newMark()
  const { child, lines, read } = await spawnFor(context, mark)
  const { pid } = child
  const releases = [guardMarked(), ...(pid === undefined ? [] : [guardProcess(pid)])]
  const exited = endOf(child, mark, read).finally(() => {
    for (const release of releases) release()
  })
  if (pid === undefined) throw new Error(`can't start ${context.command[0]}: ${await exited}`)
  const daemon = control(child, pid, exited, context.name)
  const reason = await readiness(context, exited, pid)
  if (reason === undefined) return daemon
  await daemon.kill()
  const words = complaint(lines)
  const late = reason.startsWith(NO_ANSWER) && words !== undefined ? `${reason}; its last words: ${words}` : undefined
  const message = `${context.name} did not start: ${late ?? words ?? reason}`
  throw lines.some(line => TAKEN.test(line)) ? new PortTaken(message) : new Error(message)
}

/** In a group of its own: the program may be a script that starts the broker, and does not become it. */
async function spawnFor({ command, cwd, within, onLine, onTrouble }: DaemonContext, mark: string) {
  const lines: string[] = []
  const log = await programLog({
    onLine(line, _stream, seen) {
      lines.push(line.slice(0, CHARACTERS_KEPT))
      if (lines.length > LINES_KEPT) lines.shift()
      onLine(line, seen)
    },
    onTrouble,
  })
  const tied = tether(command)
  const [program, ...own] = tied.command
  const [file, ...args] = within?.enter(program, own) ?? tied.command
  const child = spawned(log, () =>
    spawn(file, args, {
      ...(cwd ? { cwd } : {}),
      detached: true,
      stdio: ['ignore', ...log.stdio, ...tied.stdio],
      env: { ...process.env, [MARK_VARIABLE]: mark },
    }),
  )
  tied.hold(child)
  return { child, lines, read: log.ended }
}

/** With all that it started. Every line of its log has been read then. */
const endOf = (child: ChildProcess, mark: string, read: Promise<void>): Promise<string> =>
  new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', () => {
      signalGroup(child.pid, 'SIGKILL')
      // What left the group may hold the log open.
      inBackground(endMarked(mark))
    })
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  }).then(how => read.then(() => how))

/** Once it has ended, its number may be somebody else's. */
const toGroup = ({ pid, exitCode, signalCode }: ChildProcess, name: NodeJS.Signals): void =>
  exitCode === null && signalCode === null ? signalGroup(pid, name) : undefined

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch {
    // No process of it is left.
  }
}

/** `undefined` once it answers, else why it will not. A foreign broker on the port does not count: ours has ended then. */
async function readiness(
  { address, within, tls, webSocket, dialect = '' }: DaemonContext,
  exited: Promise<string>,
  pid: number,
): Promise<string | undefined> {
  const late = new AbortController()
  const startedMs = clock.nowMs()
  let cancel = () => {}
  const look = () => {
    const dueMs = startedMs + startLimitMs(starvedMs(pid))
    if (clock.nowMs() >= dueMs) late.abort()
    else cancel = clock.at(dueMs, look)
  }
  look()
  let ended: string | undefined
  const end = exited.then(how => {
    ended = `it ended with ${how}`
    late.abort()
  })
  const overTcp = within?.network?.dial ?? (() => dialTcp({ ...address, noDelay: true }))
  const transport = tls ? () => connect({ ...tlsOptions(tls.access), socket: overTcp() }) : overTcp
  const dial = webSocket ? () => webSocketTo(address, transport) : transport
  let answered = false
  while (!answered && !late.signal.aborted) {
    answered = await answersConnect(address, late.signal, dial, dialects.get(dialect)?.reading)
    await Promise.race([pause(POLL_MS), end])
  }
  cancel()
  if (answered && ended === undefined) return undefined
  const question = dialect === '' ? 'an MQTT CONNECT' : 'a greeting'
  return ended ?? `${NO_ANSWER} ${question} within ${Math.round((clock.nowMs() - startedMs) / 1000)} s`
}

/** Most say what they do not like in lines that begin with `Error`; of the others the last line tells most. */
function complaint(lines: readonly string[]): string | undefined {
  const errors = lines.map(line => line.replace(/^\d+: /, '')).filter(line => line.startsWith('Error'))
  return errors.length > 0 ? errors.join(' ') : lines.at(-1)
}

function control(child: ChildProcess, pid: number, exited: Promise<string>, name: string): Daemon {
  return {
    pid,
    exited,
    async freeze() {
      toGroup(child, 'SIGSTOP')
      await untilState(pid, name, states => states.every(state => state === 'T'))
    },
    async thaw() {
      toGroup(child, 'SIGCONT')
      await untilState(pid, name, states => states.every(state => state !== 'T'))
    },
    async kill() {
      toGroup(child, 'SIGKILL')
      await exited
    },
  }
}

async function untilState(pid: number, name: string, reached: (states: readonly string[]) => boolean): Promise<void> {
  const limitMs = clock.nowMs() + STATE_LIMIT_MS
  // What left the group has no part in it.
  const states = () => familyOf(pid).flatMap(member => (isInGroup(member, pid) ? threadStates(member) : []))
  while (!reached(states())) {
    if (clock.nowMs() > limitMs) throw new Error(`${name} (pid ${pid}) did not obey the signal within 2 s`)
    await pause(1)
  }
}
