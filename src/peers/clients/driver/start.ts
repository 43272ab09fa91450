import { commandSecrets } from '../../../evidence/redact.ts'
import type { EventBody } from '../../../model/event.ts'
import type { Command } from '../../recipes/recipe.ts'
import type { ClientSeat, Message, StartedClient } from '../client.ts'
import { decodePayload } from '../payload.ts'
import { environmentOf } from '../program/environment.ts'
import { longestLineOf, signalOf } from '../program/frozen.ts'
import { logTo, shortened } from '../program/log.ts'
import { startProgram } from '../program/program.ts'
import { redactor } from '../program/redactor.ts'
import type { DriverOptions } from './driver.ts'
import { type DriverLine, parseLine } from './line.ts'

/** Runs a program that speaks the driver protocol, until it is disposed of. It is not started again: staying is its own duty. */
export async function startDriver(seat: ClientSeat<DriverOptions>, [file, ...args]: Command): Promise<StartedClient> {
  const { record, enter, access, options } = seat
  const redact = redactor([access?.username, access?.password, ...commandSecrets([file, ...args].join(' '))])
  const log = logTo(record, redact)
  let over = false
  const program = startProgram({
    command: [file, ...args],
    ...(enter ? { enter } : {}),
    env: environmentOf(seat, options.reconnect),
    longestLine: longestLineOf(seat),
    onOutput(text) {
      const line = parseLine(text)
      const event = line && eventOf(line, redact)
      if (event) record(event)
      else if (!line) log(text)
    },
    onComplaint: log,
  })
  record({ who: 'client', what: 'started', note: seat.clientId })
  program.ended.then(ending => {
    if (!over) record({ who: 'client', what: 'exited', ...ending })
  })
  return {
    pids: () => (program.pid === undefined ? [] : [program.pid]),
    signal: signalOf(record, program.signal),
    publish(message, seq) {
      if (!program.input.writable) return
      record({ who: 'client', what: 'published', flow: 'up', seq })
      program.input.write(publishLine(message, seq))
    },
    async [Symbol.asyncDispose]() {
      over = true
      await program[Symbol.asyncDispose]()
    },
  }
}

const publishLine = ({ topic, qos, payload }: Message, seq: number): string =>
  `publish ${seq} ${qos} ${topic} ${payload}\n`

/** `undefined` for a message that is none of ours. */
function eventOf(line: DriverLine, redact: (text: string) => string): EventBody | undefined {
  if (line.what === 'acknowledged') return { who: 'client', what: line.what, flow: 'up', seq: line.seq }
  if (line.what === 'received') {
    const numbered = decodePayload(Buffer.from(line.payload))
    return numbered && { who: 'client', what: line.what, ...numbered }
  }
  const { note, ...told } = line
  return { who: 'client', ...told, ...(note === undefined ? {} : { note: shortened(redact(note)) }) }
}
