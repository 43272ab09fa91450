/**
 * RabbitMQ with rabbitmq_mqtt and rabbitmq_web_mqtt, 3.8 to 4: deps/rabbitmq_mqtt/src/rabbit_mqtt_reader.erl (log_terminate,
 * network_error, handle_info({keepalive, ...})) and rabbit_web_mqtt_handler.erl. Only the first line on a connection names
 * its client; the others have its addresses.
 */
import { type Dialect, ended, howOf, NOTHING, type Told } from '../dialect.ts'

export const rabbitmq: Dialect = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\brabbit(?:mq)?(?:_\w+)?\b|\bMQTT connection\b|<0\.\d+\.\d+> /i.test(text),
}

const CONNECTION = /([\w.:[\]-]{3,60}:\d{1,5}) -> [\w.:[\]-]{3,60}:\d{1,5}/
const OPENING =
  /^(?:<[\d.]+> )?(?:[Aa]ccept(?:ing|ed) (?:Web )?MQTT|closing (?:Web )?MQTT|(?:Web )?MQTT [a-z]|Rejected MQTT|Unparseable MQTT)/
const MOST_OPEN = 100_000

function reader(): Dialect['read'] {
  const clients = new Map<string, string>()
  return text => {
    if (!OPENING.test(text)) return undefined
    const found = CONNECTION.exec(text)
    if (!found) return undefined
    const [name, address = ''] = found
    const opened = /^(?:<[\d.]+> )?[Aa]ccept(?:ing|ed) (Web )?MQTT connection /.exec(text)
    if (opened) {
      const client = /client (?:id|ID):? (.*?)\)?$/.exec(text.slice(found.index + name.length))?.[1]
      if (client === undefined) return [{ what: 'socket', address }]
      if (clients.size < MOST_OPEN) clients.set(name, client)
      return [{ what: 'connect', client, address, ...(opened[1] === undefined ? {} : { webSocket: true }) }]
    }
    const client = clients.get(name)
    const told = over(text, client, address)
    if (told?.some(({ what }) => what === 'end')) clients.delete(name)
    return told
  }
}

function over(text: string, client: string | undefined, address: string): readonly Told[] | undefined {
  const end = (how: Told['how'] & string, reason: string): readonly Told[] =>
    client === undefined && how !== 'timeout' && how !== 'closed' ? NOTHING : [ended(client, how, reason, address)]
  if (text.includes('(keepalive timeout)')) return end('timeout', 'keepalive timeout')
  if (text.includes('(login timeout)')) return end('timeout', 'login timeout')
  if (text.includes('duplicate id')) return end('taken-over', 'duplicate id')
  if (text.includes('peer closed TCP connection')) return end('closed', 'peer closed TCP connection')
  if (text.includes('detected network error')) {
    const reason = /: (\{?[\w,]{1,60}\}?)$/.exec(text)?.[1] ?? 'network error'
    return end(howOf(reason), reason)
  }
  if (/protocol error|packet error|Unparseable/.test(text)) return end('error', 'protocol error')
  if (/authorization failure/.test(text)) return end('broker', 'authorization failure')
  const rejected = /^(?:<[\d.]+> )?Rejected MQTT connection .* with Connect Reason Code (\w+)/.exec(text)?.[1]
  if (rejected !== undefined) return [{ what: 'refused', reason: `Connect Reason Code ${rejected}`, address }]
  // `closing MQTT connection <0.4.0> (addresses)`: the client sent DISCONNECT.
  return /(?:closing|disconnecting) (?:Web )?MQTT (?:connection|client)/.test(text)
    ? end('disconnect', 'disconnected')
    : NOTHING
}
