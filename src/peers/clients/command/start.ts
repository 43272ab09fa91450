import { realClock } from '../../../clock/real.ts'
import { commandSecrets } from '../../../evidence/redact.ts'
import { resolveDuration } from '../../../model/duration.ts'
import type { ClientSeat, StartedClient } from '../client.ts'
import { decodePayload } from '../payload.ts'
import { environmentOf } from '../program/environment.ts'
import { longestLineOf, signalOf } from '../program/frozen.ts'
import { logTo } from '../program/log.ts'
import { type Program, startProgram } from '../program/program.ts'
import { redactor } from '../program/redactor.ts'
import { shellCommand } from '../program/shell.ts'
import { type CommandOptions, fill, PLACEHOLDERS, type Placeholder } from './options.ts'

/** Runs the command until it is disposed of; each line of its stdout that is a message of ours is `received`. */
export async function startCommand(seat: ClientSeat<CommandOptions>): Promise<StartedClient> {
  const { options, record, keepaliveS, access, clock = realClock() } = seat
  // One for all of its lives: a program that fails at once is started again and again.
  const log = logTo(record, redactor([access?.username, access?.password, ...commandSecrets(options.command)]))
  let over = false
  let again = () => {}
  let program = launch()

  function launch(): Program {
    const started = begin(seat, log)
    record({ who: 'client', what: 'started', note: seat.clientId })
    started.ended.then(async ending => {
      if (over) return
      record({ who: 'client', what: 'exited', ...ending })
      if (!options.restart) return
      const atMs = clock.nowMs() + resolveDuration(options.restart, keepaliveS * 1000)
      // What it left in the background would be a second device of the same name.
      await started[Symbol.asyncDispose]()
      if (!over) again = clock.at(atMs, () => (program = launch()))
    })
    return started
  }
  return {
    pids: () => (program.pid === undefined ? [] : [program.pid]),
    signal: signalOf(record, signal => program.signal(signal)),
    async [Symbol.asyncDispose]() {
      over = true
      again()
      await program[Symbol.asyncDispose]()
    },
  }
}

function begin(seat: ClientSeat<CommandOptions>, onComplaint: (line: string) => void): Program {
  const { enter, options, record } = seat
  const values = valuesOf(seat)
  const command = shellCommand(fill(options.command, values))
  const names = Object.entries(PLACEHOLDERS) as [Placeholder, string][]
  const told = Object.fromEntries(names.map(([name, variable]) => [variable, values[name]]))
  const program = startProgram({
    command,
    ...(enter ? { enter } : {}),
    env: { ...environmentOf(seat), ...told },
    longestLine: longestLineOf(seat),
    onOutput(line) {
      const numbered = decodePayload(Buffer.from(line))
      if (numbered) record({ who: 'client', what: 'received', ...numbered })
    },
    onComplaint,
  })
  // Nobody talks to it there.
  program.input.end()
  return program
}

const valuesOf = (seat: ClientSeat<CommandOptions>): Record<Placeholder, string> => ({
  host: seat.address.host,
  port: String(seat.address.port),
  keepalive: String(seat.keepaliveS),
  clientid: seat.clientId,
  topic: seat.subscribe?.topic ?? `${seat.will.topic.replace(/(?<![^/])[^/]+$/, 'down')}`,
  will_topic: seat.will.topic,
  protocol: String(seat.protocol),
})
