/**
 * rumqttd 0.19 and 0.20, as `tracing` writes it: `Client connection registered` and `Duplicate client_id, dropping previous connection` in
 * rumqttd/src/router/routing.rs, `accept` and `disconnected error=...` in rumqttd/src/server/broker.rs. The client's name stands in the span.
 */
import { between, type Dialect, ended, NOTHING, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

export const rumqttd: Dialect = {
  name: 'rumqttd',
  title: 'rumqttd',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => text.includes('rumqttd::'),
}

/**
 * Of `Network(KeepAlive(Elapsed(())))`, `Network(Io(Os { code: 104, kind: ConnectionReset, ...`, and where the client sent a FIN
 * `Custom { kind: ConnectionAborted, error: "connection closed by peer" }`, as 0.20.0 was seen to write.
 */
function howOf(error: string): EndHow {
  if (error.startsWith('Network(KeepAlive')) return 'timeout'
  if (error.includes('ConnectionReset')) return 'rst'
  if (error.startsWith('Network(Io') || error.includes('kind: ')) return 'closed'
  return error.startsWith('Network(') ? 'error' : 'broker'
}

/** A socket has no client id yet, and a client no address: the one that came last is its, where no other came meanwhile. */
function reader(): Dialect['read'] {
  const open = new Set<string>()
  let accepted: string[] = []
  const gone = (client: string, how: EndHow, reason: string): readonly Told[] =>
    open.delete(client) ? [ended(client, how, reason)] : NOTHING
  return text => {
    if (!text.includes('rumqttd::')) return undefined
    if (text.includes('broker: accept name=')) {
      accepted.push((between(text, ' addr=', ' ') ?? '').replace(/:\d+$/, ''))
      return NOTHING
    }
    const client = clientIn(text)
    if (client === undefined) return NOTHING
    if (text.includes(': Client connection registered')) {
      const [address] = accepted.length === 1 ? accepted : []
      accepted = []
      open.add(client)
      return [{ what: 'connect', client, ...(address ? { address } : {}) }]
    }
    if (text.includes(': Duplicate client_id, dropping')) return gone(client, 'taken-over', 'Duplicate client_id')
    const error = between(`${text}\n`, ': disconnected error=', '\n')
    if (error !== undefined) return gone(client, howOf(error), error)
    // No error stood before it: the client said DISCONNECT.
    return text.includes(': Disconnecting connection')
      ? gone(client, 'disconnect', 'Disconnecting connection')
      : NOTHING
  }
}

function clientIn(text: string): string | undefined {
  const from = text.indexOf('client_id="')
  if (from < 0) return undefined
  for (let at = from + 11; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return text.slice(from + 11, at).replaceAll('\\"', '"')
  }
  return undefined
}
