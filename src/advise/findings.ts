import { formatMs } from '../model/duration.ts'
import { ignorers } from '../timing/profiles/clients.ts'
import { pingEveryMs, silenceMs } from '../timing/profiles/pings.ts'
import type { Finding, Question } from './advise.ts'
import { ANY_BROKER, type InForce } from './in-force.ts'
import { levelOf, SAFE_RATIO_WORDS, safeKeepaliveS } from './rule.ts'

/** Beyond it lies no cloud broker (AWS IoT Core 1200 s, Azure IoT Hub 1177 s), and often a slip between s and ms. */
const LONGEST_USUAL_S = 1200

/** The broker first: it decides which keep-alive is in force, and so what the path is held against. */
export const findingsOf = (question: Question, force: InForce): readonly Finding[] => [
  ...aboutBroker(question, force),
  ...aboutIgnorers(question, force),
  ...aboutIdle(question, force),
  ...aboutAge(question),
  ...aboutLength(question),
]

function aboutIdle({ idleMs, client }: Question, { clientS }: InForce): readonly Finding[] {
  if (idleMs === undefined) return []
  const t = `T = ${formatMs(idleMs)}`
  if (clientS === 0)
    return [
      {
        level: 'fail',
        text: `the keep-alive is off and ${t}: every silence that long kills the flow, and neither side is told`,
      },
    ]
  const silentMs = silenceMs(client, clientS * 1000)
  const level = levelOf(silentMs, idleMs)
  const k = `K = ${clientS} s${silenceWords(client, clientS)}`
  const ratio = `${Number((silentMs / idleMs).toFixed(2))} T`
  if (level === 'fail')
    return [{ level, text: `${k} is not below ${t}: a silent flow is forgotten before, or just as, the ping goes out` }]
  if (level === 'ok') return [{ level, text: `${k} is ${ratio} (${t}): one ping may be late or lost` }]
  const safeS = safeKeepaliveS(idleMs, client)
  const instead =
    silentMs === clientS * 1000
      ? `at most ${SAFE_RATIO_WORDS}, that is ${safeS} s,`
      : `K up to ${safeS} s (a silence of at most ${SAFE_RATIO_WORDS})`
  return [
    {
      level,
      text: `${k} is ${ratio} (${t}): one ping that is late or lost, and the flow is forgotten; ${instead} leaves room for it`,
    },
  ]
}

/** `, of which esp-mqtt is silent for 100 s at most (it pings every 0.5K),`; empty where the silence is K. */
function silenceWords(client: string | undefined, keepaliveS: number): string {
  const [everyMs, silentMs] = [pingEveryMs(client, keepaliveS * 1000), silenceMs(client, keepaliveS * 1000)]
  if (silentMs === keepaliveS * 1000) return ''
  const every = `every ${formatMs(everyMs)}, ${Number((everyMs / keepaliveS / 1000).toFixed(2))}K`
  const late = silentMs === everyMs ? '' : `, and may be ${formatMs(silentMs - everyMs)} late`
  return ` with ${client}, which pings ${every}${late}: its silence of ${formatMs(silentMs)}`
}

function aboutBroker(question: Question, force: InForce): readonly Finding[] {
  const { keepaliveS, broker = ANY_BROKER, brokerMinS, brokerMaxS } = question
  if (brokerMinS === undefined && brokerMaxS === undefined) return []
  const { brokerS, imposed } = force
  if (imposed === 'no')
    return keepaliveS === 0 ? [] : [{ level: 'ok', text: `${broker.name} allows ${range(brokerMinS, brokerMaxS)}` }]
  const asked = keepaliveS === 0 ? 'no keep-alive (0)' : `K = ${keepaliveS} s`
  const over = keepaliveS === 0 || keepaliveS > brokerS
  const what =
    keepaliveS === 0
      ? `not what ${broker.name} allows (up to ${brokerS} s)`
      : over
        ? `more than ${broker.name} allows`
        : `less than ${broker.name} allows (${brokerS} s)`
  if (imposed === 'told')
    return [
      {
        level: 'ok',
        text: `${asked} is ${what}: it imposes ${brokerS} s (MQTT 5.0 Server Keep Alive), so K in force is ${brokerS} s`,
      },
    ]
  if (!over)
    return [
      {
        level: 'ok',
        text: `${asked} is ${what}: it counts with ${brokerS} s, and takes ${formatMs(1500 * brokerS)} without a packet until it drops a client`,
      },
    ]
  if (broker.overMost === 'taken-as-most') return [takenAsMost(keepaliveS, broker.name, asked, brokerS)]
  return [
    {
      level: 'fail',
      text: `${asked} is ${keepaliveS === 0 ? 'not what' : 'more than'} ${broker.name} allows (${brokerS} s): in MQTT 3.1.1 it can only refuse the CONNECT, or cut after ${formatMs(1500 * brokerS)} without having said so`,
    },
  ]
}

/** The client does not know, and goes on by its own. */
function takenAsMost(keepaliveS: number, name: string, asked: string, brokerS: number): Finding {
  const counts = `${asked} is ${keepaliveS === 0 ? 'not what' : 'more than'} ${name} allows: it counts with ${brokerS} s and does not say so (MQTT 3.1.1)`
  const cut = formatMs(1500 * brokerS)
  if (keepaliveS === 0)
    return { level: 'fail', text: `${counts}; a client that never pings is cut after ${cut} of silence` }
  return keepaliveS < 1.5 * brokerS
    ? { level: 'warn', text: `${counts}; it cuts after ${cut} of silence, so there is less room for a late ping` }
    : { level: 'fail', text: `${counts}; it cuts after ${cut} of silence, before the ping goes out` }
}

const range = (leastS: number | undefined, mostS: number | undefined): string =>
  leastS === undefined
    ? `up to ${mostS} s`
    : mostS === undefined
      ? `from ${leastS} s on`
      : `from ${leastS} s up to ${mostS} s`

/** MQTT.js 5.16 src/lib/handlers/connack.ts: an imposed keep-alive is taken where the client's own is not 0. */
const ZERO_KEPT = { names: ['mqttjs', 'mqtt'], versions: 'with keepalive 0' }

/** MQTT 5.0 [MQTT-3.1.2-21]: the client must use it; some do not. */
function aboutIgnorers({ keepaliveS, client }: Question, { imposed, brokerS }: InForce): readonly Finding[] {
  if (imposed !== 'told') return []
  const known = keepaliveS === 0 ? [...ignorers(), ZERO_KEPT] : ignorers()
  const own = client === undefined ? undefined : known.find(({ names }) => names.includes(client))
  if (client !== undefined && !own) return []
  const who =
    own && client !== undefined
      ? `${client} ${own.versions}`
      : `a client that ignores it (${known.map(({ names, versions }) => `${names[0]} ${versions}`).join(', ')})`
  const cut = `${brokerS * 1.5} s`
  const keeps = keepaliveS === 0 ? 'goes on without pings' : `goes on with its own ${keepaliveS} s`
  const isCut = keepaliveS === 0 || keepaliveS >= 1.5 * brokerS
  if (keepaliveS > 0 && keepaliveS < brokerS)
    return [{ level: 'ok', text: `${who} ${keeps}, which is sooner than it has to` }]
  return [
    {
      level: 'warn',
      text: isCut
        ? `${who} ${keeps}, and the broker cuts it after ${cut} of silence`
        : `${who} ${keeps}: the broker cuts after ${cut} of silence, so there is less room for a late ping`,
    },
  ]
}

function aboutAge({ maxAgeMs }: Question): readonly Finding[] {
  if (maxAgeMs === undefined) return []
  return [
    {
      level: 'warn',
      text: `the box ends every connection at an age of ${formatMs(maxAgeMs)}, however busy it is: no keep-alive helps against that, only a client that connects again`,
    },
  ]
}

function aboutLength({ keepaliveS, brokerMaxS, brokerFamily }: Question): readonly Finding[] {
  if (keepaliveS <= LONGEST_USUAL_S || brokerMaxS !== undefined || brokerFamily !== undefined) return []
  return [
    {
      level: 'warn',
      text: `K = ${keepaliveS} s is longer than cloud brokers accept (AWS IoT Core 1200 s, Azure IoT Hub 1177 s); MQTT counts it in seconds, not milliseconds`,
    },
  ]
}
