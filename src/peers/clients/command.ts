import type { ClientKind } from './client.ts'
import { type CommandOptions, options } from './command/options.ts'
import { startCommand } from './command/start.ts'
import { libraryOf } from './library.ts'
import { commandAvailable, programOf } from './program/shell.ts'

/** Any program in any language. The taps see what it does; its exit code and stderr are evidence too. */
export const command: ClientKind<CommandOptions> = {
  name: 'command',
  nameless: true,
  unversioned: true,
  summary: 'any program: `command: mosquitto_sub -h {host} -p {port} -k {keepalive} -i {clientid} -t {topic}`',
  options,
  runs: ['command'],
  program: true,
  untold: true,
  // It publishes by itself or not at all; what it subscribes to is `{topic}`.
  traffic: { publishing: false, receiving: true },
  available: ({ command: text }) => commandAvailable(text),
  familyOf: options => libraryOf(options)?.family,
  version: async options => libraryOf(options)?.version ?? programOf(options.command) ?? 'unknown',
  start: startCommand,
}
