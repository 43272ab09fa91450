import type { Connection } from '../../evidence/connection.ts'
import type { Window } from '../../model/verdict.ts'
import type { History } from '../history.ts'
import type { Check } from './check.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

/** No version of MQTT or TLS gives a number. AWS IoT Device Advisor gives a device 60 s for an attempt to connect. */
const BY_DEFAULT: Window = { earliestMs: 0, latestMs: 60_000, origin: 'profile', source: 'AWS IoT Device Advisor' }

/** Counted from the opening of the first connection that a fault kept from its CONNACK. */
export const handshakeGivesUp: Check<WindowParams> = {
  name: 'handshake-gives-up',
  summary: 'the client itself closes a connection on which it never gets as far as its CONNACK',
  options: windowParams,
  label: 'handshake',
  needsControl: 'pass',
  judge(params, history) {
    const attempt = history.connections.find(connection => wasKept(connection, history))
    if (!attempt)
      return inconclusive(
        'the client opened no connection that a fault kept from its CONNACK: end the one that it has, by `reset`',
      )
    const { keepaliveMs, endMs } = history
    const end = attempt.ends.find(({ edge }) => edge === 'client')
    const window = chosenWindow(params, BY_DEFAULT, keepaliveMs) ?? BY_DEFAULT
    if (end && end.from !== 'client')
      return inconclusive(`the ${end.from === 'fault' ? 'link' : end.from} ended it, and not the client`, { window })
    return withinWindow({
      window,
      keepaliveMs,
      sinceMs: attempt.openedMs,
      seenMs: end?.atMs ?? null,
      endMs,
      did: 'client closed',
      didNot: 'client never closed',
      since: 'it opened a connection that got no CONNACK',
    })
  },
}

/** It was opened while a fault was in force, and nobody let it in. */
const wasKept = ({ openedMs, establishedMs }: Connection, { holds }: History): boolean =>
  establishedMs === undefined &&
  holds.some(({ heldMs, liftedMs = Number.POSITIVE_INFINITY }) => openedMs >= heldMs && openedMs < liftedMs)
