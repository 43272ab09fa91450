import { formatMs, resolveDuration } from '../../model/duration.ts'
import { brokerProfilesAt, latestClose } from '../../timing/profiles/brokers.ts'
import { clientProfilesAt, ignorers } from '../../timing/profiles/clients.ts'
import { pingEveryMs, silenceMs } from '../../timing/profiles/pings.ts'
import {
  ANY_BROKER,
  type BrokerRule,
  type InForce,
  inForce,
  type Level,
  levelOf,
  SAFE_RATIO_WORDS,
  safeKeepaliveS,
} from '../../timing/safe-interval.ts'
import type { Protocol } from '../../timing/spec.ts'

export interface Question {
  /** What the client asks for, in whole seconds. */
  readonly keepaliveS: number
  /** Idle time-out of the shortest-tempered box on the path. */
  readonly idleMs?: number
  /** The age at which a box on the path ends every connection, however busy it is. */
  readonly maxAgeMs?: number
  /** The longest keep-alive that the broker allows, in seconds. */
  readonly brokerMaxS?: number
  /** The least that it counts with, in seconds: what is shorter counts as this. */
  readonly brokerMinS?: number
  /** More of the broker: absent, it is any. */
  readonly broker?: BrokerRule
  /** A broker that is asked about alone: the family of its profile, or none where nothing is known of it. */
  readonly brokerFamily?: string | null
  /** The client's family; absent: any, which pings every K. */
  readonly client?: string
  readonly protocol: Protocol
}

export interface AdviceFinding {
  readonly level: Level
  readonly text: string
}

/** How long after the path died a peer closes. */
export interface Detection {
  readonly who: 'client' | 'broker'
  readonly name: string
  readonly versions: string
  readonly bestMs: number
  readonly worstMs: number
}

export interface Advice {
  readonly question: Question
  readonly inForce: InForce
  /** The heaviest of the findings. */
  readonly level: Level
  readonly findings: readonly AdviceFinding[]
  /** Of an idle client. */
  readonly pingsAnHour: number
  /** The keep-alive to use instead, or the one at hand where it is safe; absent where nothing bounds it or none is safe. */
  readonly safeS?: number
  readonly detections: readonly Detection[]
}

/** Pure: rules and profiles, nothing measured. */
export function advise(question: Question): Advice {
  const force = inForce(question)
  const findings = findingsOf(question, force)
  const safeS = safest(question)
  const everyMs = pingEveryMs(question.client, force.clientS * 1000)
  return {
    question,
    inForce: force,
    level: findings.some(({ level }) => level === 'fail')
      ? 'fail'
      : findings.some(({ level }) => level === 'warn')
        ? 'warn'
        : 'ok',
    findings,
    pingsAnHour: 3_600_000 / everyMs,
    ...(safeS === undefined ? {} : { safeS }),
    detections: [...clients(question, force), ...brokers(question, force)],
  }
}

function safest({ idleMs, brokerMaxS, client }: Question): number | undefined {
  const byPath = idleMs === undefined ? Infinity : safeKeepaliveS(idleMs, client)
  const s = Math.min(byPath === 65_535 ? Infinity : byPath, brokerMaxS ?? Infinity)
  return s === Infinity || s < 1 ? undefined : s
}

function clients({ protocol, client }: Question, { clientS }: InForce): readonly Detection[] {
  if (clientS === 0) return []
  return clientProfilesAt(clientS * 1000, protocol)
    .filter(({ names }) => client === undefined || names.includes(client))
    .map(({ names, versions, best, worst }) => ({
      who: 'client',
      name: names[0] ?? '',
      versions,
      bestMs: Math.max(0, resolveDuration(best, clientS * 1000)),
      worstMs: resolveDuration(worst, clientS * 1000),
    }))
}

/** Counted from the last packet that it received, at most one silence of the client's before the path died. */
function brokers({ protocol, client, broker, brokerFamily }: Question, force: InForce): readonly Detection[] {
  const { clientS, brokerS } = force
  if (brokerS === 0) return []
  const silentMs = Math.min(silenceMs(client, clientS * 1000), 1.5 * brokerS * 1000)
  const bestMs = Math.max(0, 1.5 * brokerS * 1000 - silentMs - 1000)
  const rows = brokerProfilesAt(brokerS * 1000, protocol)
    .filter(({ names }) => brokerFamily === undefined || (brokerFamily !== null && names.includes(brokerFamily)))
    .map(profile => ({
      who: 'broker' as const,
      name: profile.names[0] ?? '',
      versions: profile.versions,
      bestMs,
      worstMs: resolveDuration(latestClose(profile, brokerS * 1000), brokerS * 1000),
    }))
  if (brokerFamily === undefined || rows.length > 0) return rows
  return [{ who: 'broker', name: broker?.name ?? 'broker', versions: '*', bestMs, worstMs: 1.5 * brokerS * 1000 }]
}

/** Beyond it lies no cloud broker (AWS IoT Core 1200 s, Azure IoT Hub 1177 s), and often a slip between s and ms. */
const LONGEST_USUAL_S = 1200

/** The broker first: it decides which keep-alive is in force, and so what the path is held against. */
const findingsOf = (question: Question, force: InForce): readonly AdviceFinding[] => [
  ...aboutBroker(question, force),
  ...aboutIgnorers(question, force),
  ...aboutIdle(question, force),
  ...aboutAge(question),
  ...aboutLength(question),
]

function aboutIdle({ idleMs, client }: Question, { clientS }: InForce): readonly AdviceFinding[] {
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

function aboutBroker(question: Question, force: InForce): readonly AdviceFinding[] {
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
function takenAsMost(keepaliveS: number, name: string, asked: string, brokerS: number): AdviceFinding {
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
function aboutIgnorers({ keepaliveS, client }: Question, { imposed, brokerS }: InForce): readonly AdviceFinding[] {
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

function aboutAge({ maxAgeMs }: Question): readonly AdviceFinding[] {
  if (maxAgeMs === undefined) return []
  return [
    {
      level: 'warn',
      text: `the box ends every connection at an age of ${formatMs(maxAgeMs)}, however busy it is: no keep-alive helps against that, only a client that connects again`,
    },
  ]
}

function aboutLength({ keepaliveS, brokerMaxS, brokerFamily }: Question): readonly AdviceFinding[] {
  if (keepaliveS <= LONGEST_USUAL_S || brokerMaxS !== undefined || brokerFamily !== undefined) return []
  return [
    {
      level: 'warn',
      text: `K = ${keepaliveS} s is longer than cloud brokers accept (AWS IoT Core 1200 s, Azure IoT Hub 1177 s); MQTT counts it in seconds, not milliseconds`,
    },
  ]
}
