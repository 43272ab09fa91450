/** HiveMQ 4 and the Community Edition, event.log: src/main/java/com/hivemq/logging/EventLog.java. */
import { type Dialect, ended, howOf, type Told } from '../dialect.ts'

export const hivemq: Dialect = {
  name: 'hivemq',
  title: 'HiveMQ',
  seenBy: 'broker',
  read,
  dates: '%d in the pattern of conf/logback.xml, as its own has it for event.log, lets it write them',
  besides: text => /^(?:INFO|WARN|ERROR|DEBUG|TRACE) {1,2}- /.test(text),
  looksLike: text => /\bHiveMQ\b|\bcom\.hivemq\.|event\.client-|^Client ID: /.test(text),
}

function read(text: string): readonly Told[] | undefined {
  if (!text.startsWith('Client ID: ')) return undefined
  const ip = text.indexOf(', IP:', 11)
  if (ip < 0) return undefined
  const named = text.slice(11, ip)
  // A connection that never sent a CONNECT.
  const client = named === 'UNKNOWN' ? undefined : named
  const rest = text.slice(ip + 5).trimStart()
  const address = /^[^,\s]{1,64}/.exec(rest)?.[0]
  const words = rest.slice(address?.length ?? 0)
  if (/ connected\.$/.test(words) && !words.includes('disconnected'))
    return client === undefined ? [] : [{ what: 'connect', client, ...(address === undefined ? {} : { address }) }]
  if (words.startsWith(' disconnected gracefully')) return [ended(client, 'disconnect', 'disconnected', address)]
  if (words.startsWith(' disconnected ungracefully'))
    return [ended(client, 'closed', 'disconnected ungracefully', address)]
  if (!words.startsWith(' was disconnected. reason: ')) return undefined
  const reason = words.slice(27).replace(/\.$/, '')
  return [ended(client, howOf(reason), reason, address)]
}
