/**
 * Clients whose programs say it in words of their own, the last to be asked: `MQTT connected`, `MQTT Disconnected: TCP`, `Connected to MQTT
 * broker`, `Connected with result code 0` (the tutorials of Paho Python), `Attempting MQTT connection...failed, rc=-4` (the examples of
 * PubSubClient), `MQTT connection to 'x' was lost` (openHAB). Only what names MQTT, a broker or a result code is taken.
 */
import { type Dialect, ended, howOf, NOTHING, type Told } from '../dialect.ts'

export const plainClient: Dialect = {
  name: 'plain-client',
  title: 'an MQTT client (in words of its own)',
  seenBy: 'client',
  oneClient: 'this client',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\bmqtts?\b/i.test(text) && /connect/i.test(text),
}

const UP =
  /^(?:(?:mqtt(?: ?client)?|\[mqtt\])[:,]? (?:is |now |client )?(?:successfully )?(?:re-?)?connected\b|(?:successfully )?(?:re-?)?connected to (?:the )?(?:mqtt|broker)\b|connected with result code (?:0\b|success)|attempting mqtt connection\.\.\. ?connected)/i
const DOWN =
  /^(?:(?:mqtt(?: ?client)?|\[mqtt\])[:,]? (?:client )?(?:disconnected|closed|connection (?:closed|lost|to .{1,80} was lost)|lost connection)\b|disconnected from (?:the )?(?:mqtt|broker)\b|disconnected with result code|unexpected (?:mqtt )?disconnect|lost (?:the )?connection to (?:the )?(?:mqtt|broker)\b|connection to (?:the )?(?:mqtt |broker )+(?:was )?lost)/i
const FAILED =
  /^(?:attempting mqtt connection\.\.\. ?failed, rc ?= ?(-?\d{1,2})|mqtt (?:connection|connect) failed\b|failed to connect to (?:the )?(?:mqtt|broker)\b|connection refused, )/i
const ATTEMPT =
  /^(?:(?:attempting mqtt connection|starting mqtt broker connection|(?:re)?connecting to (?:the )?(?:mqtt|broker)\b)|mqtt:? (?:re)?connecting)/i

/** It may say for minutes that it is not connected: the first time is the end. */
function reader(): Dialect['read'] {
  let connected = true
  return text => {
    if (UP.test(text)) {
      connected = true
      return [{ what: 'connect' }]
    }
    const failed = FAILED.exec(text)
    if (failed) return [{ what: 'refused', reason: text.slice(0, 80) }]
    // openHAB says that it begins, and not that it is there.
    if (text.startsWith('Starting MQTT broker connection')) connected = true
    if (!DOWN.test(text)) return ATTEMPT.test(text) ? NOTHING : undefined
    if (!connected) return NOTHING
    connected = false
    return [lost(text)]
  }
}

function lost(text: string): Told {
  const code = /(?:result code|rc)\s?[:=]?\s?(\d{1,2})\b/i.exec(text)?.[1]
  const how = code === '0' ? 'disconnect' : code === '16' ? 'ping-unanswered' : howOf(text)
  return ended(undefined, how === 'timeout' ? 'ping-unanswered' : how === 'error' ? 'closed' : how, text.slice(0, 80))
}
