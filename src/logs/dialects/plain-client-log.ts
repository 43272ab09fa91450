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
  dates: 'The program has to write them, or what shows its output: pio device monitor --filter time, ts of moreutils',
  looksLike: text => /\bmqtts?\b/i.test(text) && /connect/i.test(text),
}

/** Behind such a word stands the end of the clause, or what belongs to a connection: `MQTT connected clients: 7` tells of none. */
const CLAUSE_END =
  /^(?:\s*$|[^\w\s-]|\s-|\s(?:to|with|as|at|on|in|via|over|using|after|again|successfully|by|from|due|because|rc|code)\b|\s\S{0,80}[:.=]\S)/i
const isOver = (rest: string): boolean => CLAUSE_END.test(rest)

const MQTT_PLACE = /^mqtts?(?: (?:broker|server|host))?\b/i
const BARE_BROKER = /^broker(?:[\s.!]*$|[^\w\s-]{1,3}(?:rc|reason|code|result|retry|reconnect|try))/i
const OF_MQTT = /:[18]883\b|\bmqtts?\b|\brc\b|result code/i

/**
 * A broker of another kind has a name or a word behind it: one that stands alone, with a port of MQTT or with its name is taken for
 * MQTT's.
 */
function isBroker(rest: string): boolean {
  const mqtt = MQTT_PLACE.exec(rest)
  if (mqtt) return isOver(rest.slice(mqtt[0].length))
  return BARE_BROKER.test(rest) || (/^broker\b/i.test(rest) && OF_MQTT.test(rest.slice(0, 200)))
}

/** How a text begins, and what the rest of it has to be. */
type Form = readonly [opening: RegExp, isRest?: (rest: string) => boolean]

const UP: readonly Form[] = [
  [/^(?:mqtt(?: ?client)?|\[mqtt\])[:,]? (?:is |now |client )?(?:successfully )?(?:re-?)?connected\b/i, isOver],
  [/^(?:successfully )?(?:re-?)?connected to (?:the )?/i, isBroker],
  [/^(?:connected with result code (?:0\b|success)|attempting mqtt connection\.\.\. ?connected)/i],
]
const DOWN: readonly Form[] = [
  [
    /^(?:mqtt(?: ?client)?|\[mqtt\])[:,]? (?:client )?(?:disconnected|closed|connection (?:closed|lost)|lost connection)\b/i,
    isOver,
  ],
  [/^(?:disconnected from|lost (?:the )?connection to) (?:the )?/i, isBroker],
  [/^(?:mqtt(?: ?client)?:? connection to .{1,80} was lost|disconnected with result code)/i],
  [/^connection to (?:the )?(?:mqtt |broker |mqtt broker )(?:was )?lost/i],
  [
    /^unexpected (?:mqtt )?disconnect(?:ion|ed)?(?:[\s.!]*$|[^\w\s-]| \(?(?:rc|reason|code|result|from (?:the )?mqtt)\b)/i,
  ],
]
/** The words of CONNACK's codes: MQTT 3.1.1, table 3.1. */
const REFUSED =
  /^connection refused[,:] (?:unacceptable protocol|identifier rejected|(?:broker|server) unavailable|bad user ?name|not authori[sz]ed|(?:incorrect|invalid) (?:protocol|client))/i
const FAILED: readonly Form[] = [
  [/^(?:attempting mqtt connection\.\.\. ?failed, rc ?= ?-?\d{1,2}|mqtt (?:connection|connect) failed\b)/i],
  [/^failed to connect to (?:the )?/i, isBroker],
  [REFUSED],
]
const ATTEMPT: readonly Form[] = [
  [/^(?:attempting mqtt connection|starting mqtt broker connection|mqtt:? (?:re)?connecting)/i],
  [/^(?:re)?connecting to (?:the )?/i, isBroker],
]

const says = (forms: readonly Form[], text: string): boolean =>
  forms.some(([opening, isRest]) => {
    const found = opening.exec(text)
    return found !== null && (isRest === undefined || isRest(text.slice(found[0].length)))
  })

/** It may say for minutes that it is not connected: the first time is the end. */
function reader(): Dialect['read'] {
  let connected = true
  return text => {
    if (says(UP, text)) {
      connected = true
      return [{ what: 'connect' }]
    }
    if (says(FAILED, text)) return [{ what: 'refused', reason: text.slice(0, 80) }]
    // openHAB says that it begins, and not that it is there.
    if (text.startsWith('Starting MQTT broker connection')) connected = true
    if (!says(DOWN, text)) return says(ATTEMPT, text) ? NOTHING : undefined
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
