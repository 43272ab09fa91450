import which from 'which'
import type { Availability } from '../model/plugin.ts'
import type { ClientKind } from './client.ts'
import { type CommandOptions, options, programOf } from './command/options.ts'
import { startCommand } from './command/start.ts'

/** Any program in any language. The taps see what it does; its exit code and stderr are evidence too. */
export const command: ClientKind<CommandOptions> = {
  name: 'command',
  summary: 'any program: `command: mosquitto_sub -h {host} -p {port} -k {keepalive} -i {clientid} -t {topic}`',
  options,
  program: true,
  // It publishes by itself or not at all; what it subscribes to is `{topic}`.
  traffic: { publishing: false, receiving: true },
  async available({ command: text }): Promise<Availability> {
    const program = programOf(text)
    if (program === undefined || program.includes('/') || (await which(program, { nothrow: true }))) return true
    return { reason: `the client is the command ${program}, which is not on the PATH` }
  },
  version: async ({ command: text }) => programOf(text) ?? 'unknown',
  start: startCommand,
}
