import type { Duplex } from 'node:stream'
import type { Clock } from '../../../clock/clock.ts'
import type { EmbeddedBroker } from '../../brokers/broker.ts'
import { watchers } from '../../brokers/watchers.ts'
import { BrokerConnection } from './connection.ts'
import type { BrokerProfile } from './profile.ts'
import { FineSeconds, type Seconds, WholeSeconds } from './seconds.ts'
import { type Routed, Session } from './session.ts'
import { type DelayedWill, Stays } from './stays.ts'

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
  enter(
    clientId: string,
    stay: { readonly clean: boolean; readonly expiryS: number },
    connection: BrokerConnection,
  ): { session: Session; present: boolean }
  leave(clientId: string, connection: BrokerConnection, will: DelayedWill | undefined): void
  route(message: Routed): void
}

/** A broker as its profile says: keep-alive, will and its delay, sessions, QoS 0 to 2. Not modelled: retained messages, limits of any kind. */
export function modelBroker(profile: BrokerProfile, options: ModelBrokerOptions, clock: Clock): EmbeddedBroker {
  const { watch, tell } = watchers()
  const sessions = new Map<string, Session>()
  const stays = new Stays(clock)
  /** Of the session of each client, in seconds. */
  const expiries = new Map<string, number>()
  const live = new Map<string, BrokerConnection>()
  const open = new Set<BrokerConnection>()

  const house: House = {
    profile,
    clock,
    maxKeepaliveS: options.max_keepalive ?? profile.maxKeepaliveS,
    seconds: new (profile.fine ? FineSeconds : WholeSeconds)(clock, options.phaseS ?? Math.random() * profile.scanS),
    tell,
    enter(clientId, { clean, expiryS }, connection) {
      live.get(clientId)?.end('taken over by a new connection')
      live.set(clientId, connection)
      stays.back(clientId, clean)
      const kept = clean ? undefined : sessions.get(clientId)
      const session = kept ?? new Session()
      sessions.set(clientId, session)
      expiries.set(clientId, expiryS)
      return { session, present: kept !== undefined }
    },
    leave(clientId, connection, will) {
      if (live.get(clientId) !== connection) return will?.send()
      live.delete(clientId)
      stays.away(clientId, expiries.get(clientId) ?? 0, will, () => sessions.delete(clientId))
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
      stays.forget()
    },
  }
}
