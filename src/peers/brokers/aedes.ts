import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { AedesOptions } from 'aedes'
import { z } from 'zod'
import { websocket } from '../../model/schema.ts'
import { versionOf } from '../recipes/optional-package.ts'
import type { BrokerKind, InProcessBroker } from './broker.ts'
import { tls, tlsAccess } from './program/broker-tls.ts'
import { serve } from './serve.ts'
import { watchers } from './watchers.ts'
import { webSockets } from './websockets.ts'

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

const count = z.number().int().nonnegative()

/** Aedes' own options, by Aedes' own names; times in milliseconds, keepaliveLimit in seconds. */
const options = z.strictObject({
  tls,
  image: z.string().min(1).exactOptional().describe('in the lab containers: the image to start; nowhere else'),
  websocket,
  id: z.string().min(1).exactOptional().describe('name of the broker in its $SYS topics; random where absent'),
  concurrency: count.min(1).exactOptional().describe('messages delivered at the same time'),
  heartbeatInterval: count.min(1).exactOptional().describe('milliseconds between two $SYS heartbeats'),
  connectTimeout: count.min(1).exactOptional().describe('milliseconds that a socket has for its CONNECT'),
  drainTimeout: count.exactOptional().describe('milliseconds that a client may take to read; 0: for ever'),
  keepaliveLimit: count.max(65_535).exactOptional().describe('longest keep-alive in seconds; 0: any'),
  queueLimit: count.exactOptional().describe('packets kept of a client that is not yet connected'),
  maxInflightInbound: count.exactOptional().describe('QoS 2 messages under way from one client; 0: any'),
  maxClientsIdLength: count.exactOptional().describe('longest client id of MQTT 3.1'),
  maxTopicLevels: count.min(1).max(100).exactOptional().describe('deepest topic'),
})

const DAY_MS = 86_400_000

type Options = z.infer<typeof options>

/** MQTT 3.1 and 3.1.1 only: it answers an MQTT 5 CONNECT with CONNACK 1. Drops a silent client after 1.5K + 1 ms. */
export const aedes: BrokerKind<Options> = {
  name: 'aedes',
  summary: 'Aedes in a process of our own; nothing to install',
  options,
  runs: ['image'],
  protocols: [4],
  can: new Set(),
  available: async () => true,
  version: async () => aedesVersion(),
  movable: true,
  home: import.meta.url,
  preload: async () => void (await import('aedes')),
  access: ({ tls: choice, websocket: asked }) => tlsAccess(choice, asked),
  start: async (given, within) =>
    serve(await aedesCore(ownOf(given)), {
      within,
      tls: given.tls,
      ...(given.websocket && { webSockets }),
    }),
  // With a random id, two runs of one seed would differ. The heartbeat tells the other brokers of a cluster that this one is
  // alive; in a simulation, where it is alone, it would be most of what happens in a quiet hour.
  embed: given => aedesCore({ id: 'aedes', heartbeatInterval: DAY_MS, ...ownOf(given) }),
}

/** Those that Aedes itself has. */
const ownOf = ({ image, websocket: _asked, tls: _choice, ...given }: Options): AedesOptions => given
