import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { AedesOptions } from 'aedes'
import { versionOf } from '../../clients/package-version.ts'
import type { InProcessBroker } from '../broker.ts'
import { watchers } from '../watchers.ts'

/** Aedes without a network: it takes streams. A simulated lab needs no more; `serve` puts it on a port. */
export type AedesCore = Omit<InProcessBroker, 'address' | 'signal'>

const FILE = createRequire(import.meta.url).resolve('aedes')

/** Aedes does not export its package.json. */
export const aedesVersion = (): string => versionOf(FILE)

/** Aedes' error for a keep-alive that ran out; `keepaliveTimeout` has already told it. */
const TOLD = 'keep alive timeout'

/**
 * A started Aedes. `options` are the library's own, so that tests can give it hooks; `id` makes its topics and
 * packet ids repeatable. Aedes is loaded here and not at start-up, because the simulation's timers must be in place first.
 */
export async function aedesCore(options: AedesOptions): Promise<AedesCore> {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker(options)
  const { watch, tell, tellAll } = watchers()

  broker.on('clientReady', client => tell(client.id, { what: 'client-connected' }))
  broker.on('clientDisconnect', client => tell(client.id, { what: 'client-closed' }))
  broker.on('keepaliveTimeout', client => tell(client.id, { what: 'keepalive-timeout' }))
  broker.on('clientError', (client, error) => {
    if (error.message !== TOLD) tell(client.id, { what: 'error', note: error.message })
  })
  // Without a listener Node throws, and the clients of every other run on this broker would go down with it.
  broker.on('connectionError', () => {})
  // Its types leave this one out.
  ;(broker as EventEmitter).on('error', (error: Error) => tellAll({ what: 'error', note: error.message }))

  return {
    version: aedesVersion(),
    watch,
    accept: stream => void broker.handle(stream),
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => broker.close(() => resolve())),
  }
}
