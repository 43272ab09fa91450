import { z } from 'zod'
import { monotonicMs, realClock, speedOf } from '../../clock/real.ts'
import { commandSecrets } from '../../evidence/redact.ts'
import { resolveDuration } from '../../model/duration.ts'
import { duration } from '../../model/schema.ts'
import type { ClientContext, ClientKind, StartedClient } from './client.ts'
import { is, libraryOf } from './library.ts'
import { decodePayload } from './payload.ts'
import { type ClientProgram, startProgram } from './program/client-program.ts'
import {
  commandAvailable,
  environmentOf,
  executableOf,
  logTo,
  programOf,
  redactor,
  shellCommand,
} from './program/environment.ts'
import { longestLineOf, signalOf } from './program/frozen.ts'

/** Runs the command until it is disposed of; each line of its stdout that is a message of ours is `received`. */
async function startCommand(context: ClientContext<CommandOptions>): Promise<StartedClient> {
  const { options, record, dateOf, keepaliveS, access, clock = realClock() } = context
  // One for all of its lives: a program that fails at once is started again and again.
  const log = logTo(context, redactor([access?.username, access?.password, ...commandSecrets(options.command)]))
  let over = false
  let again = () => {}
  const trouble = (error: Error) =>
    record({ who: 'harness', what: 'trouble', note: `the command was not started again: ${error.message}` })
  let launching = launch()
  let program = await launching

  async function launch(): Promise<ClientProgram> {
    record({ who: 'client', what: 'started', note: context.clientId })
    const started = await begin(context, log)
    started.ended.then(async ({ seen, ...how }) => {
      if (over) return
      record({ who: 'client', what: 'exited', ...how, ...dateOf?.(seen) })
      if (!options.restart) return
      const endedMs = clock.nowMs() - (monotonicMs() - seen.atMs) * speedOf(clock)
      // What it left in the background would be a second device of the same name.
      await started[Symbol.asyncDispose]()
      if (!over) again = clock.at(endedMs + resolveDuration(options.restart, keepaliveS * 1000), restart)
    })
    return started
  }

  function restart(): void {
    launching = launch()
    launching.then(next => (program = next), trouble)
  }
  return {
    pids: () => (program.pid === undefined ? [] : [program.pid]),
    signal: signalOf(record, signal => program.signal(signal)),
    async [Symbol.asyncDispose]() {
      over = true
      again()
      const last = await launching.catch(() => program)
      await last[Symbol.asyncDispose]()
    },
  }
}

async function begin(
  context: ClientContext<CommandOptions>,
  onComplaint: ReturnType<typeof logTo>,
): Promise<ClientProgram> {
  const { enter, options, record, dateOf } = context
  const values = valuesOf(context)
  const command = shellCommand(fill(options.command, values))
  const names = Object.entries(PLACEHOLDERS) as [Placeholder, string][]
  const told = Object.fromEntries(names.map(([name, variable]) => [variable, values[name]]))
  const program = await startProgram({
    command,
    ...(enter ? { enter } : {}),
    env: { ...environmentOf(context), ...told },
    longestLine: longestLineOf(context),
    onOutput(line, seen) {
      const numbered = decodePayload(Buffer.from(line))
      if (numbered) record({ who: 'client', what: 'received', ...numbered, ...(seen && dateOf?.(seen)) })
    },
    onComplaint,
    onTrouble: note => record({ who: 'harness', what: 'trouble', note, passing: true }),
  })
  // Nobody talks to it there.
  program.input.end()
  return program
}

const valuesOf = (context: ClientContext<CommandOptions>): Record<Placeholder, string> => ({
  host: context.address.host,
  port: String(context.address.port),
  keepalive: String(context.keepaliveS),
  clientid: context.clientId,
  topic: context.subscribe?.topic ?? `${context.will.topic.replace(/(?<![^/])[^/]+$/, 'down')}`,
  will_topic: context.will.topic,
  protocol: String(context.protocol),
  ca: context.access?.ca ?? '',
  cert: context.access?.cert ?? '',
  key: context.access?.key ?? '',
})

/** What may stand in a command, and the environment variable that says the same. */
const PLACEHOLDERS = {
  host: 'HALFOPEN_HOST',
  port: 'HALFOPEN_PORT',
  keepalive: 'HALFOPEN_KEEPALIVE',
  clientid: 'HALFOPEN_CLIENTID',
  topic: 'HALFOPEN_TOPIC',
  will_topic: 'HALFOPEN_WILL_TOPIC',
  protocol: 'HALFOPEN_PROTOCOL',
  ca: 'HALFOPEN_CA',
  cert: 'HALFOPEN_CERT',
  key: 'HALFOPEN_KEY',
} as const
type Placeholder = keyof typeof PLACEHOLDERS

const isPlaceholder = (name: string): name is Placeholder => Object.hasOwn(PLACEHOLDERS, name)
const BRACES = /\{(\w+)\}/g

export const options = z.strictObject({
  command: z
    .string()
    .min(1)
    .superRefine((text, context) => {
      for (const [whole, name = ''] of text.matchAll(BRACES))
        if (!isPlaceholder(name))
          context.addIssue({ code: 'custom', message: `${whole} is none of ${Object.keys(PLACEHOLDERS).join(', ')}` })
    })
    .describe(`for the shell; with {${Object.keys(PLACEHOLDERS).join('}, {')}}`),
  is,
  restart: duration.exactOptional().describe('when it has ended, start it again this much later; absent: never'),
})
type CommandOptions = z.infer<typeof options>

/** The command with its values filled in. */
export const fill = (command: string, values: Readonly<Record<Placeholder, string>>): string =>
  command.replace(BRACES, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole))

/** Any program in any language. The taps see what it does; its exit code and stderr are evidence too. */
export const command: ClientKind<CommandOptions> = {
  name: 'command',
  nameless: true,
  namesItself: ({ command: text }) => !text.includes('{clientid}'),
  unversioned: true,
  summary: 'any program: `command: mosquitto_sub -h {host} -p {port} -k {keepalive} -i {clientid} -t {topic}`',
  options,
  runs: ['command'],
  program: true,
  untold: true,
  // It publishes by itself or not at all; what it subscribes to is `{topic}`.
  traffic: { publishing: false, receiving: true },
  executable: ({ command: text }) => executableOf(text),
  available: ({ command: text }) => commandAvailable(text),
  familyOf: options => libraryOf(options)?.family,
  version: async options => libraryOf(options)?.version ?? programOf(options.command) ?? 'unknown',
  start: startCommand,
}
