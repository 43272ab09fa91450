/**
 * Home Assistant's MQTT integration, a client on Paho Python: homeassistant/components/mqtt/client.py
 * (`Connected to MQTT server %s:%s (%s)`, `Disconnected from MQTT server %s:%s (%s)`); home-assistant/core#119039.
 */
import { type Dialect, ended, howOf, NOTHING, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

export const homeAssistant: Dialect = {
  name: 'home-assistant',
  title: 'Home Assistant',
  seenBy: 'client',
  oneClient: 'homeassistant',
  read,
  looksLike: text => /\[homeassistant[\w.]*\]|\bhomeassistant\b/.test(text),
}

const LOGGER = '[homeassistant.components.mqtt'

/** MQTTErrorCode of Paho Python (src/paho/mqtt/enums.py). */
const CODES: Readonly<Record<string, EndHow>> = {
  0: 'disconnect',
  7: 'closed',
  16: 'ping-unanswered',
  1: 'closed',
  2: 'error',
}

function read(text: string): readonly Told[] | undefined {
  const logger = text.indexOf(LOGGER)
  if (logger < 0) return undefined
  const words = text.slice(text.indexOf('] ', logger) + 2)
  if (/^(?:Connected to MQTT server|Successfully reconnected to the MQTT server)/.test(words))
    return [{ what: 'connect' }]
  if (/^(?:Unable to connect|Failed to connect|Connection refused)/i.test(words))
    return [{ what: 'refused', reason: words.slice(0, 120) }]
  if (!words.startsWith('Disconnected from MQTT server')) return NOTHING
  const reason = /\(([^()]{1,80})\)\.?$/.exec(words)?.[1] ?? ''
  const how = CODES[reason] ?? howOf(reason)
  return [ended(undefined, how === 'timeout' ? 'ping-unanswered' : how, reason === '' ? 'disconnected' : reason)]
}
