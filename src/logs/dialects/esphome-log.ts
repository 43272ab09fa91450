/** ESPHome: esphome/components/mqtt/mqtt_client.cpp, `MQTT Connected!` and `MQTT Disconnected: TCP disconnected.` under `mqtt` or `mqtt.client`. */
import { type Dialect, ended, NOTHING, type Told } from '../dialect.ts'

export const esphome: Dialect = {
  name: 'esphome',
  title: 'ESPHome',
  seenBy: 'client',
  oneClient: 'this device',
  read,
  looksLike: text => /^(?:\[[VDIWEC]{1,2}\])?\[[\w.]{1,40}:\d{1,5}\](?:\[\w+\])?: /.test(text),
}

const MQTT = /^(?:\[[VDIWEC]{1,2}\])?\[mqtt(?:\.client)?:\d{1,5}\](?:\[\w{1,20}\])?: /

/** What the server said in CONNACK; the others are words for a connection that was lost. */
const REFUSED = /Unacceptable Protocol|Identifier Rejected|Server Unavailable|Malformed Credentials|Not Authorized/i

function read(text: string): readonly Told[] | undefined {
  const start = MQTT.exec(text)?.[0].length
  if (start === undefined) return undefined
  const words = text.slice(start).trim()
  if (/^(?:MQTT )?Connected!?$/.test(words)) return [{ what: 'connect' }]
  if (/^(?:Lost MQTT Client connection|MQTT client disconnected)/i.test(words))
    return [ended(undefined, 'closed', 'connection lost')]
  const reason = /^(?:MQTT )?Disconnected: (.{1,80}?)\.?$/.exec(words)?.[1]
  if (reason === undefined) return NOTHING
  return REFUSED.test(reason) ? [{ what: 'refused', reason }] : [ended(undefined, 'closed', reason)]
}
