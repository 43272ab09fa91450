import { faults } from '../../faults/index.ts'
import { formatMs, resolveDuration } from '../../model/duration.ts'
import type { Scenario } from '../../model/scenario.ts'
import { anyBoxNamed, type ReadScenarios, readScenarios } from '../../terminal/choose.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import { keepaliveSeconds, milliseconds } from '../../terminal/options.ts'
import { complain, say, sayProse } from '../../terminal/say.ts'
import { indent, shortPath, wrap } from '../../text/layout.ts'
import { plural } from '../../text/words.ts'
import { brokerFamilies, brokerProfilesAt, latestClose } from '../../timing/profiles/brokers.ts'
import { clientFamilies } from '../../timing/profiles/clients.ts'
import { type ManagedBroker, managedBrokers } from '../../timing/profiles/managed.ts'
import { pingFamilies } from '../../timing/profiles/pings.ts'
import { type Advice, type AdviceFinding, advise, type Detection, type Question } from './advise.ts'

export interface AdviseOptions {
  readonly keepalive?: string
  readonly idle?: string
  readonly middlebox?: string
  readonly client?: string
  readonly broker?: string
  readonly brokerMax?: string
  readonly brokerMin?: string
  readonly mqtt: string
}

/** `halfopen advise`: of one keep-alive, or of scenarios. Its exit code. */
export async function adviseAll(files: readonly string[], options: AdviseOptions): Promise<number> {
  if (options.keepalive === undefined && files.length === 0)
    throw new Complaint('error: advise needs --keepalive, or scenario files', EXIT.usage)
  if (options.keepalive !== undefined && files.length > 0)
    throw new Complaint(
      'error: --keepalive asks about one keep-alive, files about those that they name; give one of both',
      EXIT.usage,
    )
  return options.keepalive === undefined ? lintAll(await readScenarios(files)) : adviseOne(options.keepalive, options)
}

function adviseOne(keepalive: string, options: AdviseOptions): number {
  const managed = options.broker === undefined ? undefined : managedBrokers.get(options.broker)
  const advice = advise(questionOf(keepalive, options, managed))
  sayProse(`${managed ? `${sourceLines(managed)}\n` : ''}${adviceText(advice)}`)
  return advice.level === 'fail' ? EXIT.failed : EXIT.pass
}

function questionOf(keepalive: string, options: AdviseOptions, managed: ManagedBroker | undefined): Question {
  const { idle, middlebox, mqtt, client, broker } = options
  if (mqtt !== '4' && mqtt !== '5') throw new Complaint('error: --mqtt: 4 or 5', EXIT.usage)
  if (idle !== undefined && middlebox !== undefined)
    throw new Complaint('error: --idle and --middlebox say the same; give one', EXIT.usage)
  const clients = [...new Set([...clientFamilies(), ...pingFamilies()])]
  if (client !== undefined && !clients.includes(client)) throw unknownName('--client', client, clients)
  const families = brokerFamilies()
  if (broker !== undefined && !managed && !families.includes(broker))
    throw unknownName('--broker', broker, [...managedBrokers.keys(), ...families])
  const protocol = mqtt === '5' ? 5 : 4
  if (managed && !managed.protocols.includes(protocol))
    throw new Complaint(`error: --mqtt: ${managed.summary} speaks MQTT 3.1.1 only`, EXIT.usage)
  const box = middlebox === undefined ? undefined : anyBoxNamed(middlebox)
  const preset = box && 'afterMs' in box ? box.afterMs : undefined
  const idleMs = idle === undefined ? preset : milliseconds('--idle', idle)
  const limits = limitsOf(options, managed)
  return {
    keepaliveS: keepaliveSeconds('--keepalive', keepalive),
    protocol,
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(box?.maxAgeMs === undefined ? {} : { maxAgeMs: box.maxAgeMs }),
    ...(client === undefined ? {} : { client }),
    ...(broker === undefined ? {} : { brokerFamily: managed ? (managed.family ?? null) : broker }),
    ...(managed ? { broker: { name: managed.summary, overMost: overMostOf(managed) } } : {}),
    ...limits,
  }
}

/** Nothing documented is no reason to call a keep-alive safe. */
const overMostOf = ({ overMost }: ManagedBroker) => (overMost === 'taken-as-most' ? overMost : 'refused-or-cut')

/** What is given on the command line goes before what is documented. */
function limitsOf(
  { brokerMax, brokerMin }: AdviseOptions,
  managed: ManagedBroker | undefined,
): Pick<Question, 'brokerMinS' | 'brokerMaxS'> {
  const most = brokerMax === undefined ? managed?.mostS : seconds('--broker-max', brokerMax)
  const least = brokerMin === undefined ? managed?.leastS : seconds('--broker-min', brokerMin)
  if (most !== undefined && least !== undefined && least > most)
    throw new Complaint(
      `error: --broker-min: ${least} s is more than the longest that the broker allows, ${most} s`,
      EXIT.usage,
    )
  return { ...(most === undefined ? {} : { brokerMaxS: most }), ...(least === undefined ? {} : { brokerMinS: least }) }
}

/** A limit of 0 would be none, which is said by leaving it out. */
function seconds(option: string, text: string): number {
  const s = keepaliveSeconds(option, text)
  if (s === 0)
    throw new Complaint(`error: ${option}: it must be at least 1s; leave it out where there is no limit`, EXIT.usage)
  return s
}

function sourceLines({ summary, source, read, unverified }: ManagedBroker): string {
  const lines = [`${summary}: ${source} (read ${read})`, ...(unverified ? [`unverified: ${unverified}`] : [])]
  return `${lines.flatMap(line => wrap(line, WIDTH)).join('\n')}\n`
}

const WIDTH = 110

function lintAll({ scenarios, unreadable }: ReadScenarios): number {
  const found = scenarios.map(scenario => ({ scenario, findings: lint(scenario) }))
  const told = found.filter(({ findings }) => findings.length > 0)
  for (const { scenario, findings } of told) {
    const place = `${shortPath(scenario.position.file, process.cwd())}:${scenario.position.line}`
    const lines = findingLines(findings).map(line => indent(wrap(line, WIDTH).join('\n        '), 2))
    sayProse(`${place}  ${scenario.name}\n${lines.join('\n')}\n`)
  }
  const failed = told.filter(({ findings }) => findings.some(({ level }) => level === 'fail')).length
  say(`${plural(scenarios.length, 'scenario')}, ${failed} of them with a keep-alive that does not suit\n`)
  if (unreadable !== undefined) complain(unreadable)
  return failed > 0 ? EXIT.failed : unreadable === undefined ? EXIT.pass : EXIT.unreadable
}

/** What is to be said of a scenario before it is played; empty where there is nothing. */
export function lint(scenario: Scenario): readonly AdviceFinding[] {
  const questions = questionsOf(scenario)
  const findings = questions.flatMap(question => advise(question).findings)
  return [...new Map(findings.map(finding => [finding.text, finding])).values(), ...aboutScale(scenario)]
}

/** One for each middlebox in its timeline; one without where there is none. */
function questionsOf({ client, broker, timeline }: Scenario): readonly Question[] {
  const { keepaliveS, protocol, name, options } = client
  const max = broker.options.max_keepalive
  // mosquitto.conf(5): 0 is no limit.
  const limits = typeof max === 'number' && max > 0 ? { brokerMaxS: max } : {}
  // Of what library a program is made, where the scenario says it: `is: paho-go 1.3.5`.
  const library = typeof options.is === 'string' ? (options.is.split(' ')[0] ?? name) : name
  const base = { keepaliveS, protocol, client: library, ...limits }
  const boxes = timeline.flatMap(({ fault }) => faults.get(fault.name)?.idleAfter?.(fault.options) ?? [])
  if (boxes.length === 0) return limits.brokerMaxS === undefined ? [] : [base]
  return boxes.map(after => ({ ...base, idleMs: resolveDuration(after, keepaliveS * 1000) }))
}

/** How seldom a broker looks is its own affair; at a scale it weighs that many times more, in units of K. */
function aboutScale({ scale, client, broker }: Scenario): readonly AdviceFinding[] {
  if (scale === undefined || client.keepaliveS === 0) return []
  const keepaliveMs = client.keepaliveS * 1000
  const late = brokerProfilesAt(keepaliveMs, client.protocol)
    .filter(({ names }) => names.includes(broker.name))
    .map(profile => resolveDuration(latestClose(profile, keepaliveMs), keepaliveMs) - 1.5 * keepaliveMs)
  const granularityMs = Math.max(0, ...late)
  const figure =
    granularityMs === 0
      ? ''
      : `: ${broker.name} may be ${formatMs(granularityMs)} late at any keep-alive, ${inK(granularityMs / keepaliveMs)} here and ${inK(granularityMs / keepaliveMs / scale)} in full length`
  return [{ level: 'ok', text: `scale 1/${scale}: how exactly broker and client count does not scale${figure}` }]
}

const inK = (k: number): string => `${Number(k.toPrecision(2))}K`

const WORDS = { fail: 'FAIL', warn: 'warn', ok: 'ok  ' } as const

const findingLines = (findings: readonly AdviceFinding[]): readonly string[] =>
  findings.map(({ level, text }) => `${WORDS[level]}  ${text}`)

/** What follows from an advice, in lines. */
export function adviceText(advice: Advice): string {
  const { inForce, findings, safeS, level, detections } = advice
  const lines = [
    ...findingLines(findings),
    ...(safeS === undefined
      ? []
      : [level === 'ok' ? `      up to ${safeS} s would do` : `      use at most ${safeS} s`]),
    ...(findings.length > 0 ? [''] : []),
    ...cost(advice),
    ...(inForce.clientS === 0
      ? [
          inForce.brokerS === 0
            ? 'With the keep-alive off, neither client nor broker ever finds out by itself that the path is dead.'
            : 'With the keep-alive off, the client never finds out by itself that the path is dead.',
        ]
      : []),
    ...(detections.length === 0
      ? []
      : ['', 'How long a dead path goes unnoticed, best and worst case:', ...table(detections)]),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * What one PINGREQ and its PINGRESP cost on Linux over IPv4, in bytes of IP packets: two segments with 2 bytes of MQTT each and
 * one pure ACK, each with 20 bytes of IP, 20 of TCP and 12 of TCP timestamps (RFC 7323), which Linux turns on: 54 + 54 + 52.
 * The PINGRESP carries the ACK of the PINGREQ. As tshark counts it, without 14 bytes of Ethernet a frame.
 */
const PING_BYTES = 160
/** A TLS 1.3 record adds 5 + 1 + 16 bytes (RFC 8446 §5.2), one of TLS 1.2 with AES-GCM 5 + 8 + 16 (RFC 5288 §3); two records. */
const TLS_BYTES = { '1.3': 44, '1.2': 58 } as const
/** IPv6 has 40 bytes of header, 20 more; three packets. */
const IPV6_BYTES = 60
/** RFC 6455 §5.2: 2 bytes a frame, and 4 of mask in the client's. */
const WEBSOCKET_BYTES = 8

function cost({ pingsAnHour, inForce }: Advice): readonly string[] {
  if (inForce.clientS === 0) return ['Cost: none.']
  const bytes = Math.round(pingsAnHour * PING_BYTES)
  return [
    `Cost while idle: ${Number(pingsAnHour.toFixed(1))} pings an hour, ${bytes} bytes an hour. A ping costs ${PING_BYTES} bytes on Linux over IPv4: PINGREQ and`,
    `PINGRESP of 2 bytes each and one ACK, with 52 bytes of IP and TCP headers each (timestamps included). IPv6 adds ${IPV6_BYTES},`,
    `TLS 1.3 adds ${TLS_BYTES['1.3']} (TLS 1.2 with AES-GCM ${TLS_BYTES['1.2']}), a WebSocket ${WEBSOCKET_BYTES}.`,
  ]
}

function table(detections: readonly Detection[]): readonly string[] {
  const rows = detections.map(({ who, name, versions, bestMs, worstMs }) => [
    `  ${who}`,
    versions === '*' ? name : `${name} ${versions}`,
    `${formatMs(bestMs)} to ${formatMs(worstMs)}`,
  ])
  const wide = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(
    ([who = '', name = '', time = '']) => `${who.padEnd(wide[0] ?? 0)}  ${name.padEnd(wide[1] ?? 0)}  ${time}`,
  )
}
