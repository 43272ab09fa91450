/**
 * VerneMQ 1 and 2: `client ~p with username ~p stopped due to keepalive expired` in apps/vmq_server/src/vmq_mqtt_fsm.erl and
 * vmq_mqtt5_fsm.erl; `can't authenticate client ~p from ~s due to ~p`. Connections are not logged.
 */
import { type Dialect, ended, howOf, type Told } from '../dialect.ts'

export const vernemq: Dialect = {
  name: 'vernemq',
  title: 'VerneMQ',
  seenBy: 'broker',
  read,
  packets: 'vmq-admin trace client client-id=ID',
  looksLike: text => /\bvmq_\w+|\bvernemq\b/i.test(text),
}

/** `{[],<<"van-12">>}`: mount point and client id. */
const SUBSCRIBER = /^\{[^,]{0,200},<<"(.*?)">>\}/

function read(text: string): readonly Told[] | undefined {
  const stopped = text.lastIndexOf(' stopped due to ')
  const refused = stopped < 0 ? text.lastIndexOf(' due to ') : -1
  const from = text.indexOf('client {')
  if (from < 0 || (stopped < 0 && refused < 0)) return undefined
  const client = SUBSCRIBER.exec(text.slice(from + 7))?.[1]
  if (client === undefined) return undefined
  if (stopped >= 0) {
    const reason = text.slice(stopped + 16)
    return [ended(client, howOf(reason), reason)]
  }
  return text.includes("can't authenticate client")
    ? [{ what: 'refused', client, reason: text.slice(refused + 8) }]
    : undefined
}
