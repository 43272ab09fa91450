/**
 * A client that goes on with its own interval where the broker imposed another: MQTT 5.0 [MQTT-3.2.2-21] forbids it, and the
 * broker takes its silence for death.
 */
import { formatMs } from '../../model/duration.ts'
import { seconds } from '../../text/words.ts'
import { clause } from '../../timing/spec.ts'
import { schedulingMs } from '../../timing/tolerance.ts'
import type { History } from '../history.ts'
import type { Finding } from './check.ts'

/** Clients count in whole seconds, and some look only once a second. */
const OWN_WITHIN_MS = 1000

export interface Silence {
  readonly forMs: number
  /** What ended it: a packet of the client's, the broker's close, or the end of what was watched. */
  readonly endedBy: 'client' | 'broker' | 'end'
}

/** `undefined` where the broker imposed nothing, or the silence has nothing to do with the client's own interval. */
function deedOf({ forMs, endedBy }: Silence, ownKeepaliveMs: number | undefined): string | undefined {
  if (ownKeepaliveMs === undefined) return undefined
  const isOff = ownKeepaliveMs === 0
  const own = isOff ? 'its own keep-alive is off' : `its own interval is ${formatMs(ownKeepaliveMs)}`
  const lateMs = forMs - ownKeepaliveMs
  if (!isOff && Math.abs(lateMs) <= OWN_WITHIN_MS + schedulingMs())
    return `it ${endedBy === 'client' ? 'pinged after' : 'sent nothing for'} ${seconds(forMs)}, its own interval`
  if (!isOff && (endedBy === 'client' || lateMs > 0)) return undefined
  return `it sent nothing for ${seconds(forMs)}${endedBy === 'broker' ? ', until the broker closed the connection' : ''}; ${own}`
}

/** The finding, where it is a silence that was too long, by the name of its cause. */
export function ignoring(finding: Finding, { keepaliveMs, ownKeepaliveMs }: History, silence: Silence): Finding {
  const deed = finding.result === 'fail' ? deedOf(silence, ownKeepaliveMs) : undefined
  if (deed === undefined) return finding
  const imposed = `the Server Keep Alive of ${formatMs(keepaliveMs)}`
  return { ...finding, reason: `the client ignores ${imposed}: ${deed} (${clause('serverKeepAlive', 5)})` }
}
