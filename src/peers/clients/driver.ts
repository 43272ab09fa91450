import { z } from 'zod'
import type { ClientKind } from './client.ts'
import { reconnect, startDriver } from './driver/start-driver.ts'
import { is, libraryOf } from './library.ts'
import { commandAvailable, executableOf, programOf, shellCommand } from './program/environment.ts'

const options = z.strictObject({
  command: z.string().min(1).describe('for the shell; the program speaks the driver protocol (docs/drivers.md)'),
  is,
  reconnect,
})

/** Any library in a program of the user's own: where `command` only watches, this one can ask it to publish. */
export const driver: ClientKind<z.infer<typeof options>> = {
  name: 'driver',
  nameless: true,
  unversioned: true,
  summary: 'a program of yours around any MQTT library, which speaks the driver protocol: `command: ./my-driver`',
  options,
  runs: ['command'],
  program: true,
  traffic: { publishing: true, receiving: true },
  executable: ({ command }) => executableOf(command),
  available: ({ command }) => commandAvailable(command),
  familyOf: options => libraryOf(options)?.family,
  version: async options => libraryOf(options)?.version ?? programOf(options.command) ?? 'unknown',
  start: context => startDriver(context, shellCommand(context.options.command)),
}
