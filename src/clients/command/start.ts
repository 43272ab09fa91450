import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { realClock } from '../../clock/real.ts'
import { guardProcess, startReaper } from '../../labs/reaper.ts'
import { resolveDuration } from '../../model/duration.ts'
import type { ClientSeat, StartedClient } from '../client.ts'
import { decodePayload } from '../payload.ts'
import { type CommandOptions, fill, PLACEHOLDERS, type Placeholder } from './options.ts'

/** A line of a program's stderr is evidence, but not all that it may have to say. */
const NOTE_CHARACTERS = 300
const LINES_KEPT = 200

/** Runs the command until it is disposed of; each line of its stdout that is a message of ours is `received`. */
export async function startCommand(seat: ClientSeat<CommandOptions>): Promise<StartedClient> {
  const { options, record, keepaliveS, clock = realClock() } = seat
  startReaper()
  let over = false
  let again = () => {}
  let child = launch()

  function launch(): ChildProcess {
    const started = begin(seat)
    const release = started.pid === undefined ? () => {} : guardProcess(started.pid)
    record({ who: 'client', what: 'started', note: seat.clientId })
    listen(started, seat)
    ended(started).then(how => {
      release()
      if (over) return
      record({ who: 'client', what: 'exited', note: how })
      if (!options.restart) return
      again = clock.at(clock.nowMs() + resolveDuration(options.restart, keepaliveS * 1000), () => {
        child = launch()
      })
    })
    return started
  }
  return {
    async [Symbol.asyncDispose]() {
      over = true
      again()
      killGroup(child)
      if (child.exitCode === null && child.signalCode === null) await ended(child)
    },
  }
}

/** What the shell must stay for. */
const SEVERAL = /[;&|()\n]|^\s*(exec|cd|if|for|while|\w+=)/

function begin(seat: ClientSeat<CommandOptions>): ChildProcess {
  const values = valuesOf(seat)
  const text = fill(seat.options.command, values)
  // A single program takes the shell's place, so that a signal to the one is a signal to the other.
  const own = ['-c', SEVERAL.test(text) ? text : `exec ${text}`]
  const [file, ...args] = seat.enter?.('sh', own) ?? ['sh', ...own]
  const names = Object.entries(PLACEHOLDERS) as [Placeholder, string][]
  const told = Object.fromEntries(names.map(([name, variable]) => [variable, values[name]]))
  // A group of its own, so that what it starts ends with it.
  return spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...told } })
}

const valuesOf = (seat: ClientSeat<CommandOptions>): Record<Placeholder, string> => ({
  host: seat.address.host,
  port: String(seat.address.port),
  keepalive: String(seat.keepaliveS),
  clientid: seat.clientId,
  topic: seat.subscribe?.topic ?? `${seat.will.topic.replace(/[^/]+$/, 'down')}`,
  will_topic: seat.will.topic,
  protocol: String(seat.protocol),
})

function listen({ stdout, stderr }: ChildProcess, { record }: ClientSeat): void {
  let kept = 0
  const log = (line: string) => {
    if (line.trim() !== '' && kept++ < LINES_KEPT)
      record({ who: 'client', what: 'log', note: line.slice(0, NOTE_CHARACTERS) })
  }
  if (stderr) createInterface({ input: stderr }).on('line', log)
  if (!stdout) return
  createInterface({ input: stdout }).on('line', line => {
    const numbered = decodePayload(Buffer.from(line))
    if (numbered) record({ who: 'client', what: 'received', ...numbered })
  })
}

const ended = (child: ChildProcess): Promise<string> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}
