/**
 * Node-RED, a client on MQTT.js: packages/node_modules/@node-red/nodes/locales/en-US/messages.json, `mqtt.state` (`Connected to broker:
 * __broker__`), written as `[mqtt-broker:NODE] ...`; before 0.11 `[mqtt] connected to broker URL`; node-red#124, #1358.
 */
import { type Dialect, ended, NOTHING, type Told } from '../dialect.ts'

export const nodeRed: Dialect = {
  name: 'node-red',
  title: 'Node-RED',
  seenBy: 'client',
  oneClient: 'node-red',
  read,
  looksLike: text =>
    /^\[(?:info|warn|error|debug|trace)\] /.test(text) &&
    (/\] \[[^\]:]+:[^\]]+\]/.test(text.slice(0, 200)) || text.includes('Node-RED')),
}

const MQTT = /^(?:\[\w{4,5}\] )?\[mqtt(?:-broker:([^\]]{1,80}))?\] /
const SAID =
  /^(connected to broker|disconnected from broker|connection lost to broker|connection failed to broker|disconnected from server|error connecting to broker):? (.*)$/i

function read(text: string): readonly Told[] | undefined {
  const found = MQTT.exec(text)
  if (!found) return undefined
  const [, words = '', url = ''] = SAID.exec(text.slice(found[0].length)) ?? []
  // Others call themselves `[mqtt]` as well.
  if (words === '') return found[1] === undefined ? undefined : NOTHING
  // `client-id@mqtt://host`, where the id was chosen by the user.
  const at = url.indexOf('@')
  const client = at > 0 && url.indexOf('://') > at ? url.slice(0, at) : (found[1] ?? url)
  if (client === '') return NOTHING
  if (/^connected/i.test(words)) return [{ what: 'connect', client }]
  if (/^(?:connection failed|error)/i.test(words)) return [{ what: 'refused', client, reason: 'connection failed' }]
  return [ended(client, 'closed', words.toLowerCase())]
}
