import type { Duplex } from 'node:stream'
import type { EmbeddedBroker } from '../../brokers/broker.ts'
import { watchers } from '../../brokers/watchers.ts'
import type { Clock } from '../../clock/clock.ts'
import { BrokerConnection } from './connection.ts'
import type { BrokerProfile } from './profile.ts'
import { FineSeconds, type Seconds, WholeSeconds } from './seconds.ts'
import { type Routed, Session } from './session.ts'

export interface ModelBrokerOptions {
  readonly max_keepalive?: number | undefined
  /** Where the broker's whole seconds, and with them its scans, stand when it starts; 0 <= phase < scanS, in seconds. */
  readonly phaseS?: number | undefined
}

/** What the connections of one broker share. */
export interface House {
  readonly profile: BrokerProfile
  readonly clock: Clock
  /** In seconds; 0: no limit. */
  readonly maxKeepaliveS: number
  readonly seconds: Seconds
  tell: ReturnType<typeof watchers>['tell']
  /** The client id is now this connection's; an older one is sent away. Says whether a session was there. */
  enter(clientId: string, clean: boolean, connection: BrokerConnection): { session: Session; present: boolean }
  leave(clientId: string, connection: BrokerConnection): void
  route(message: Routed): void
}

/** A broker as its profile says: keep-alive, will, sessions, QoS 0 to 2. Not modelled: retained messages, will delay, limits of any kind. */
export function modelBroker(profile: BrokerProfile, options: ModelBrokerOptions, clock: Clock): EmbeddedBroker {
  const { watch, tell } = watchers()
  const sessions = new Map<string, Session>()
  const persistent = new Set<string>()
  const live = new Map<string, BrokerConnection>()
  const open = new Set<BrokerConnection>()

  const house: House = {
    profile,
    clock,
    maxKeepaliveS: options.max_keepalive ?? profile.maxKeepaliveS,
    seconds: new (profile.fine ? FineSeconds : WholeSeconds)(clock, options.phaseS ?? Math.random() * profile.scanS),
    tell,
    enter(clientId, clean, connection) {
      live.get(clientId)?.end('taken over by a new connection')
      live.set(clientId, connection)
      const kept = clean ? undefined : sessions.get(clientId)
      const session = kept ?? new Session()
      sessions.set(clientId, session)
      if (clean) persistent.delete(clientId)
      else persistent.add(clientId)
      return { session, present: kept !== undefined }
    },
    leave(clientId, connection) {
      if (live.get(clientId) !== connection) return
      live.delete(clientId)
      if (!persistent.has(clientId)) sessions.delete(clientId)
    },
    route(message) {
      for (const [clientId, session] of sessions) {
        const packet = session.deliver(message, clock.nowMs())
        if (packet) live.get(clientId)?.send(packet)
      }
    },
  }

  const accept = (stream: Duplex): void => {
    const connection = new BrokerConnection(stream, house, () => open.delete(connection))
    open.add(connection)
  }

  return {
    version: profile.version,
    watch,
    accept,
    async [Symbol.asyncDispose]() {
      for (const connection of [...open]) connection.end('the broker stops')
    },
  }
}
