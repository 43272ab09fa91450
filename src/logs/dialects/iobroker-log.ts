/**
 * ioBroker's adapters `mqtt` and `sonoff` as brokers: lib/server.js, `Client [id] connected with secret N`, `Client [id] connection closed:
 * timeout`, and at level `debug` `Client [id] pingreq`; ioBroker.mqtt#31, ioBroker.sonoff#28. The keep-alive is not told.
 */
import { type Dialect, ended, howOf, NOTHING, packet, type Told } from '../dialect.ts'

export const iobroker: Dialect = {
  name: 'iobroker',
  title: 'ioBroker',
  seenBy: 'broker',
  read,
  looksLike: text => /^(?:mqtt|sonoff)\.\d+[ \t]/.test(text),
}

const CLIENT = /^Client \[([^\]]{1,200})\] /

function read(text: string): readonly Told[] | undefined {
  const found = CLIENT.exec(text)
  if (!found) return undefined
  const [opening, client = ''] = found
  const words = text.slice(opening.length).trim()
  if (/^connected(?: with secret|$)/.test(words)) return [{ what: 'connect', client }]
  if (words.startsWith('reconnected')) return [ended(client, 'taken-over', 'reconnected'), { what: 'connect', client }]
  if (words === 'pingreq') return [packet('up', 'PINGREQ', client)]
  if (words.startsWith('received publish')) return [packet('up', 'PUBLISH', client)]
  if (words.startsWith('send to this client')) return [packet('down', 'PUBLISH', client)]
  if (words.startsWith('subscribes on')) return [packet('up', 'SUBSCRIBE', client)]
  const reason =
    /^(?:connection closed: |Error: |error: )?(timeout|closed|disconnected?|.{0,80}E[A-Z]{4,14}.{0,80})$/.exec(
      words,
    )?.[1]
  if (reason === undefined) return NOTHING
  const how = reason === 'timeout' ? 'timeout' : reason.startsWith('disconnect') ? 'disconnect' : howOf(reason)
  return [ended(client, how, reason)]
}
