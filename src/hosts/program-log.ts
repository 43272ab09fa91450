import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Recorded } from '../clock/kit.ts'
import { type MachineDate, realClock } from '../clock/real.ts'
import type { PeerEvent } from '../model/event.ts'
import { LONGEST_LINE, readLines } from '../processes/program-lines.ts'
import { openPart, prepareHost } from './host.ts'
import { type LogArgs, weightOf } from './log-part.ts'

const HOST = 'what programs say'
const PART = new URL('./log-part.ts', import.meta.url).href

export interface ProgramListener {
  /** A line of its standard output (0) or standard error (1), without its end, and when it came; without `seen`: just now. */
  onLine(line: string, stream: number, seen?: MachineDate): void
  /** The process that reads it has ended: what it says from now on is lost. */
  onTrouble(note: string): void
  /** Characters of a line; absent: `LONGEST_LINE`. */
  readonly longest?: number
}

/** The standard output and error of a program that is to be started. */
export interface ProgramLog {
  /** For `spawn`. */
  readonly stdio: readonly ('pipe' | Socket)[]
  /** To be called at once after `spawn`. */
  attach(child: ChildProcess): void
  /** Nothing was started. */
  drop(): void
  /** Resolves once both were read to their ends, or the process that reads them has ended. */
  readonly ended: Promise<void>
}

/** Has the process that reads them ready. */
export const prepareLogs = async (): Promise<void> => {
  if (IS_LINUX) await prepareHost(HOST, PART, undefined)
}

/** So often the reading process is told how much was taken: far below what it lets wait. */
const TOLD_TAKEN_CHARACTERS = 1024 * 1024

const IS_LINUX = process.platform === 'linux'

/**
 * Streams that are read in a process of its own, so that a busy thread of ours neither dates them late nor stops the program: once the
 * kernel holds some 200 lines that nobody has read, a write waits (unix(7); a Mosquitto that logged 200 reconnecting clients beside four
 * programs that never slept answered no CONNECT for 6 s). Elsewhere than on Linux they are read here.
 */
export async function programLog(reader: ProgramListener): Promise<ProgramLog> {
  if (!IS_LINUX) return pipes(reader)
  const secrets = [randomUUID(), randomUUID()]
  const path = `\0halfopen-${randomUUID()}`
  const clock = realClock()
  let [open, over] = [secrets.length, () => {}]
  const ended = new Promise<void>(resolve => {
    over = resolve
  })
  const part = await openPart<undefined>({
    host: HOST,
    module: PART,
    args: { path, secrets, longest: reader.longest ?? LONGEST_LINE } satisfies LogArgs,
    listener: {
      clock,
      of: 'harness',
      record(event) {
        if (event.what === 'log') take(event)
        // What else its process says is of itself.
        if (event.what === 'trouble') reader.onTrouble(event.note ?? '')
        const isGone = event.what === 'trouble' && event.passing === true
        if (isGone || (event.what === 'exited' && --open === 0)) over()
      },
    },
  })
  let taken = 0
  const take = ({ note = '', seq = 0, atMs = clock.nowMs(), lateMs = 0 }: Recorded & PeerEvent) => {
    taken += weightOf(note)
    if (taken > TOLD_TAKEN_CHARACTERS) {
      part.call('taken', taken).catch(() => {})
      taken = 0
    }
    reader.onLine(note, seq, { atMs: atMs + clock.originMs, lateMs })
  }
  void ended.then(() => part[Symbol.asyncDispose]())
  const stdio = await Promise.all(secrets.map(secret => begun(path, secret))).catch(error => {
    over()
    throw error
  })
  // What was handed on is the child's own.
  const drop = () => {
    for (const stream of stdio) stream.destroy()
  }
  return { stdio, attach: drop, drop, ended }
}

/** A stream that has said which one it is. */
async function begun(path: string, secret: string): Promise<Socket> {
  const socket = connect(path)
  socket.on('error', () => {})
  await once(socket, 'connect')
  await new Promise(resolve => socket.write(`${secret}\n`, resolve))
  return socket
}

/** Starts the program that it is the log of. */
export function spawned(log: ProgramLog, start: () => ChildProcess): ChildProcess {
  try {
    const child = start()
    log.attach(child)
    return child
  } catch (error) {
    log.drop()
    throw error
  }
}

function pipes({ onLine, longest }: ProgramListener): ProgramLog {
  let [open, over] = [0, () => {}]
  const ended = new Promise<void>(resolve => {
    over = resolve
  })
  return {
    stdio: ['pipe', 'pipe'],
    attach({ stdout, stderr }) {
      const streams = [stdout, stderr].flatMap((stream, i) => (stream ? [{ stream, i }] : []))
      open = streams.length
      if (open === 0) over()
      for (const { stream, i } of streams) {
        readLines(stream, line => onLine(line, i), longest)
        stream.once('close', () => --open === 0 && over())
      }
    },
    drop: () => over(),
    ended,
  }
}
