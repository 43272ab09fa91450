/**
 * Tasmota's console, web log and syslog: tasmota_xdrv_driver/xdrv_02_9_mqtt.ino, MqttConnected (`MQT: Connected`) and MqttDisconnected
 * (`MQT: Connect failed to HOST:PORT, rc N. Retry in S sec`), in the language that it was built in; `rc` and the numbers stay. The
 * numbers are PubSubClient's state(): -4 no answer in time (to CONNECT, or to a PINGREQ), -3 lost, -2 no TCP connection, 1 to 5 CONNACK.
 */
import { type Dialect, ended, NOTHING, type Told } from '../dialect.ts'

export const tasmota: Dialect = {
  name: 'tasmota',
  title: 'Tasmota',
  seenBy: 'client',
  oneClient: 'this device',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /^(?:ESP-)?[A-Z]{3}: /.test(text),
}

const MQTT = /^(?:ESP-)?MQT: /
const FAILED = /:\d{1,5}, rc (-?\d{1,2})\. /
/** `Connected`, `Verbunden`, `Connecté`: one word, where all else of it has several, or a topic and `=`. */
const ONE_WORD = /^\p{L}{5,20}$/u

const REFUSED: Readonly<Record<string, string>> = {
  1: 'protocol version not accepted',
  2: 'client identifier rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorised',
}

/** It says `Connect failed` of a connection that it had as well. */
function reader(): Dialect['read'] {
  let connected = false
  return text => {
    const start = MQTT.exec(text)?.[0].length
    if (start === undefined) return undefined
    const words = text.slice(start).trim()
    if (ONE_WORD.test(words)) {
      connected = true
      return [{ what: 'connect' }]
    }
    const code = FAILED.exec(words)?.[1]
    if (code === undefined) return NOTHING
    const told = failed(code, connected)
    connected = false
    return [told]
  }
}

function failed(code: string, connected: boolean): Told {
  const refused = REFUSED[code]
  if (refused !== undefined) return { what: 'refused', reason: refused }
  if (connected) return ended(undefined, code === '-4' ? 'ping-unanswered' : 'closed', `rc ${code}`)
  const reason = code === '-4' ? 'no CONNACK in time' : code === '-2' ? 'no TCP connection' : 'connection failed'
  return { what: 'refused', reason: `${reason} (rc ${code})` }
}
