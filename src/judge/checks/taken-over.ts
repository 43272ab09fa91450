import { z } from 'zod'
import { type Connection, connectOf, firstEnd, sentPackets } from '../../evidence/connection.ts'
import type { Window } from '../../model/verdict.ts'
import { plural } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { answerMs } from '../../timing/tolerance.ts'
import type { History } from '../history.ts'
import { brokersDisconnect, SESSION_TAKEN_OVER, type Takeover, takeoverOf } from '../told.ts'
import type { Check } from './check.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'

interface TakeoverParams extends WindowParams {
  readonly session?: 'present' | 'absent' | undefined
}

/** A client that came back while the broker still believed in its old connection. */
interface Case {
  readonly old: Connection
  readonly takeover: Takeover
  readonly fresh: Connection
}

/**
 * A client that comes back over another path while the broker still holds its half-open connection: the broker must end that one,
 * 3.1.1 [MQTT-3.1.4-2], 5.0 [MQTT-3.1.4-3]. Counted from the new CONNECT at the broker, at the broker's own edge: nobody else hears of it.
 */
export const takenOver: Check<TakeoverParams> = {
  name: 'taken-over',
  dialect: 'mqtt',
  summary:
    'the broker ends a half-open connection as soon as its client is back under the same id; `session` says what it kept',
  options: windowParams.extend({
    session: z.enum(['present', 'absent']).optional().describe('whether the new CONNACK has to say session present'),
  }),
  label: 'taken over',
  needsControl: 'all',
  actors: ['link', 'broker'],
  judge({ session, ...params }, history) {
    const found = caseOf(history)
    if (typeof found === 'string') return inconclusive(found)
    const { keepaliveMs, endMs, protocol } = history
    const { old, takeover, fresh } = found
    const byDefault: Window = {
      earliestMs: 0,
      latestMs: answerMs(history),
      origin: 'spec',
      source: clause('takeover', protocol),
    }
    const window = chosenWindow(params, byDefault, keepaliveMs) ?? byDefault
    const disconnect = brokersDisconnect(old)
    const seenMs = firstEnd(old, 'broker', ['broker'])?.atMs ?? disconnect?.atMs ?? null
    const finding = withinWindow({
      window,
      keepaliveMs,
      sinceMs: takeover.atMs,
      seenMs,
      endMs,
      since: `the new CONNECT with the same client id`,
      did:
        disconnect?.code === SESSION_TAKEN_OVER
          ? 'broker ended the old connection (DISCONNECT 0x8e)'
          : 'broker ended the old connection',
      didNot: 'broker never ended the old connection',
    })
    const wrong = session && wrongSession(fresh, session)
    if (!wrong || finding.result === 'fail') return finding
    return { ...finding, result: wrong.known ? 'fail' : 'inconclusive', reason: `${wrong.words}; ${finding.reason}` }
  },
}

/** A string says why there is none. */
function caseOf(history: History): Case | string {
  const { connections } = history
  if (!connections.some(({ establishedMs }) => establishedMs !== undefined)) return 'no CONNACK reached the client'
  const back = connections.flatMap(old => {
    const takeover = old.establishedMs === undefined ? undefined : takeoverOf(history, old)
    const fresh = takeover && connections.find(({ conn }) => conn === takeover.conn)
    return takeover && fresh ? [{ old, takeover, fresh }] : []
  })
  // One that the broker has ended, or was told of, before the new CONNECT came is taken over by nobody.
  const isOpen = ({ old, takeover }: Case) =>
    !old.ends.some(({ edge, atMs }) => edge === 'broker' && atMs < takeover.atMs)
  const found = back.find(isOpen)
  if (found) return found
  return back.length > 0
    ? `the client came back ${plural(back.length, 'time')}, and the broker had ended its old connection each time before`
    : 'the client did not come back under the same id, so nothing was to be taken over'
}

function wrongSession(
  fresh: Connection,
  asked: 'present' | 'absent',
): { readonly known: boolean; readonly words: string } | undefined {
  const connack = sentPackets(fresh, 'down', 'connack')[0]?.packet
  if (connack?.sessionPresent === undefined) return { known: false, words: 'the new CONNACK is not to be read' }
  const is = connack.sessionPresent ? 'present' : 'absent'
  if (is === asked) return undefined
  const wiped = connectOf(fresh)?.clean ? ', for a CONNECT that asked for a clean start' : ''
  return { known: true, words: `the new CONNACK says that the session is ${is}${wiped}; it had to be ${asked}` }
}
