/**
 * RabbitMQ with rabbitmq_mqtt and rabbitmq_web_mqtt, 3.8 to 4: deps/rabbitmq_mqtt/src/rabbit_mqtt_reader.erl (log_terminate,
 * network_error, handle_info({keepalive, ...})) and rabbit_web_mqtt_handler.erl. Only the first line on a connection names
 * its client; the others have its addresses.
 */
import { type Dialect, ended, hostOf, howOf, NOTHING, type Told } from '../dialect.ts'

export const rabbitmq: Dialect = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  dates: 'log.file.formatter.plaintext.format = $time [$level] $pid $msg in rabbitmq.conf lets it write them',
  looksLike: text => /\brabbit(?:mq)?(?:_\w+)?\b|\bMQTT connection\b|<0\.\d+\.\d+> /i.test(text),
}

/** The two addresses of a connection, `192.0.2.1:5 -> 192.0.2.2:1883`, which stand in quotes or brackets or bare. */
function connectionIn(
  text: string,
): { readonly name: string; readonly address: string; readonly end: number } | undefined {
  const arrow = text.indexOf(' -> ')
  if (arrow < 0) return undefined
  let from = arrow
  while (from > 0 && ADDRESS.test(text[from - 1] ?? '')) from--
  let end = arrow + 4
  while (end < text.length && ADDRESS.test(text[end] ?? '')) end++
  const address = text.slice(from, arrow)
  return address.includes(':') ? { name: text.slice(from, end), address, end } : undefined
}

const ADDRESS = /[\w.:[\]-]/
const OPENING =
  /^(?:<[\d.]+> )?(?:[Aa]ccept(?:ing|ed) (?:Web )?MQTT|closing (?:Web )?MQTT|(?:Web )?MQTT [a-z]|Rejected MQTT|Unparseable MQTT)/
const MOST_OPEN = 100_000

function reader(): Dialect['read'] {
  const clients = new Map<string, string>()
  return text => {
    if (!OPENING.test(text)) return undefined
    const found = connectionIn(text)
    if (!found) return undefined
    const { name, address, end } = found
    const opened = /^(?:<[\d.]+> )?[Aa]ccept(?:ing|ed) (Web )?MQTT connection /.exec(text)
    if (opened) {
      const named = /client (?:id:|ID) /.exec(text.slice(end))
      // Of 3.8 to 3.11 the line of a WebSocket has no client id; that of 3.7 comes with the socket, before there is one.
      const client = named
        ? text.slice(end + named.index + named[0].length).replace(/\)$/, '')
        : opened[1] === undefined
          ? undefined
          : nameless(address)
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

const nameless = (address: string): string => `a client at ${hostOf(address)}`

function over(text: string, client: string | undefined, address: string): readonly Told[] | undefined {
  const end = (how: Told['how'] & string, reason: string): readonly Told[] =>
    client === undefined && how !== 'timeout' && how !== 'closed' ? NOTHING : [ended(client, how, reason, address)]
  // Its keep-alive is known, so it has sent a CONNECT.
  if (text.includes('(keepalive timeout)'))
    return [ended(client ?? nameless(address), 'timeout', 'keepalive timeout', address)]
  if (text.includes('(login timeout)')) return end('timeout', 'login timeout')
  if (text.includes('duplicate id')) return end('taken-over', 'duplicate id')
  if (text.includes('peer closed TCP connection')) return end('closed', 'peer closed TCP connection')
  if (text.includes('detected network error')) {
    const reason = /: (\{?[\w,]{1,60}\}?)$/.exec(text)?.[1] ?? 'network error'
    return end(howOf(reason), reason)
  }
  if (/protocol error|packet error|Unparseable/.test(text)) return end('error', 'protocol error')
  if (/authorization failure/.test(text)) return end('broker', 'authorization failure')
  const rejected = / with Connect Reason Code (\w+)/.exec(text)?.[1]
  if (rejected !== undefined) return [{ what: 'refused', reason: `Connect Reason Code ${rejected}`, address }]
  // `closing MQTT connection <0.4.0> (addresses)`: the client sent DISCONNECT.
  return /(?:closing|disconnecting) (?:Web )?MQTT (?:connection|client)/.test(text)
    ? end('disconnect', 'disconnected')
    : NOTHING
}
