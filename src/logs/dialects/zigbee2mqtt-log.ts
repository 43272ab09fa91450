/** Zigbee2MQTT 1 and 2, a client on MQTT.js: lib/mqtt.ts (`Connected to MQTT server`, `MQTT error: ...`, `Not connected ...`). */
import { type Dialect, ended, howOf, NOTHING, type Told } from '../dialect.ts'

export const zigbee2mqtt: Dialect = {
  name: 'zigbee2mqtt',
  title: 'Zigbee2MQTT',
  seenBy: 'client',
  oneClient: 'zigbee2mqtt',
  read: reader(),
  fresh: () => ({ read: reader() }),
  dates: 'advanced: timestamp_format in configuration.yaml lets it write them',
  looksLike: text => /^(?:error|info|warn(?:ing)?|debug): +\t?(?:z2m|zh)[\w:-]*: |\bzigbee2mqtt\b/i.test(text),
}

const WORDS =
  /^(?:(?:error|info|warn|warning|debug):\s+)?(?:(?:z2m|zigbee2mqtt)[\w-]*: )?((?:MQTT (?:error|disconnected)|Connected to MQTT server|Not connected to MQTT server|Connecting to MQTT server|Disconnect(?:ed|ing) from MQTT server).*)$/

/** `Not connected to MQTT server!` comes with each message that can't be sent: only the first one is an end. */
function reader(): Dialect['read'] {
  let connected = true
  return text => {
    const words = WORDS.exec(text)?.[1]
    if (words === undefined) return undefined
    if (words.startsWith('Connected')) {
      connected = true
      return [{ what: 'connect' }]
    }
    const told = over(words)
    if (!told) return NOTHING
    if (!connected && !words.startsWith('MQTT error')) return NOTHING
    connected = false
    return [told]
  }
}

function over(words: string): Told | undefined {
  if (words.startsWith('MQTT error: ')) {
    const reason = words.slice(12)
    if (/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|connack timeout|not authorized|refused/i.test(reason))
      return { what: 'refused', reason }
    const how = howOf(reason)
    return ended(undefined, how === 'timeout' ? 'ping-unanswered' : how, reason)
  }
  if (words.startsWith('Disconnecting from')) return ended(undefined, 'disconnect', words)
  return /^(?:Not connected|MQTT disconnected|Disconnected from)/.test(words)
    ? ended(undefined, 'closed', words)
    : undefined
}
