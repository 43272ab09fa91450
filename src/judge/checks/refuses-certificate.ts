import { z } from 'zod'
import { type Connection, sentPackets } from '../../evidence/connection.ts'
import { CERTIFICATE_FLAWS } from '../../model/schema.ts'
import { plural } from '../../text/words.ts'
import type { History } from '../history.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'

/** What a client sends before it has looked at the certificate is in the hands of whoever showed it: user name and password first of all. */
export const refusesCertificate: Check<Record<string, never>> = {
  name: 'refuses-certificate',
  summary: 'the client sends no CONNECT to a server whose certificate is not to be trusted',
  options: z.strictObject({}),
  label: 'refused',
  needsControl: 'pass',
  judge(_params, history) {
    const tries = history.connections.filter(connection => wasShownOne(connection, history))
    const [first] = tries
    if (!first)
      return inconclusive(
        'the client opened no connection while a bad certificate was shown: end the one that it has, by `reset`',
      )
    const known = { sinceMs: first.openedMs, window: null }
    const trusting = tries.flatMap(connection => sentPackets(connection, 'up', 'connect'))[0]
    if (trusting)
      return {
        ...known,
        seenMs: trusting.atMs,
        result: 'fail',
        reason: 'the client sent its CONNECT to a server whose certificate is not to be trusted',
      }
    const told = tries.filter(({ ends }) => ends.some(({ edge, from }) => edge === 'client' && from === 'client'))
    if (told.length === 0)
      return inconclusive('no attempt of the client had come to an end when the run did', { ...known, seenMs: null })
    const reason = `the client ended ${plural(told.length, 'attempt')} without a CONNECT`
    return { ...known, seenMs: null, result: 'pass', reason }
  },
}

/**
 * Opened while a fault of handshakes was in force. A fault is known by its name alone. Who opened a connection just before it was lifted
 * and said CONNECT after it may have been shown a good one.
 */
function wasShownOne(connection: Connection, { holds, scenario }: History): boolean {
  const { openedMs } = connection
  const connectMs = sentPackets(connection, 'up', 'connect')[0]?.atMs ?? openedMs
  return holds.some(
    ({ fault, heldMs, liftedMs = Number.POSITIVE_INFINITY }) =>
      openedMs >= heldMs &&
      Math.max(openedMs, connectMs) < liftedMs &&
      isOfCertificates(scenario.timeline[Number(fault.split('#')[1])]?.fault.options),
  )
}

const isOfCertificates = (options: Readonly<Record<string, unknown>> | undefined): boolean =>
  CERTIFICATE_FLAWS.some(flaw => flaw === options?.how)
