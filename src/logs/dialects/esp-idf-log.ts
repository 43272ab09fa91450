/** ESP-IDF's esp-mqtt: mqtt_client.c (`No PING_RESP, disconnected`, `Sent PING successful`), and the events of its examples; esp-idf#2671, #12094. */
import { type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

export const espIdf: Dialect = {
  name: 'esp-idf',
  title: 'ESP-IDF',
  seenBy: 'client',
  oneClient: 'this device',
  read,
  dates: 'idf.py monitor --timestamps writes them',
  looksLike: text =>
    /^(?:wifi|esp_netif\w*|TRANSPORT_\w+|transport_base|esp-tls|mqtt_client|MQTT_CLIENT|boot|cpu_start|heap_init|event|outbox): /.test(
      text,
    ),
}

const TAG = /^[\w-]{1,40}: /

function read(text: string): readonly Told[] | undefined {
  const tag = TAG.exec(text)?.[0]
  if (tag === undefined) return undefined
  const words = text.slice(tag.length)
  if (words.includes('MQTT_EVENT_CONNECTED')) return [{ what: 'connect' }]
  if (words.includes('MQTT_EVENT_DISCONNECTED')) return [ended(undefined, 'closed', 'disconnected')]
  if (!/^(?:mqtt_client|MQTT_CLIENT|mqtt5_client)/.test(tag)) return words.includes('MQTT_EVENT_') ? NOTHING : undefined
  if (words.includes('No PING_RESP, disconnected')) return [ended(undefined, 'ping-unanswered', 'No PING_RESP')]
  if (words.includes('Sent PING successful')) return [packet('up', 'PINGREQ', espIdf.oneClient ?? '')]
  if (words.includes('MQTT_MSG_TYPE_PINGRESP')) return [packet('down', 'PINGRESP', espIdf.oneClient ?? '')]
  if (/transport_read\(\) (?:error|EOF)|Read error or end of stream|Writing didn't complete/.test(words)) {
    const errno = /errno=(\d{1,3})/.exec(words)?.[1]
    return [ended(undefined, errno === '104' ? 'rst' : 'closed', words.slice(0, 80))]
  }
  if (/Connection refused|not authorized/i.test(words)) return [{ what: 'refused', reason: words.slice(0, 80) }]
  return NOTHING
}
