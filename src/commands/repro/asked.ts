import { peers } from '../../plugins.ts'
import { evenScales } from '../../scenario/rules.ts'
import { middleboxNamed } from '../../terminal/choose.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import { keepaliveSeconds, milliseconds } from '../../terminal/options.ts'
import { usableNames } from '../../terminal/project.ts'
import type { ManagedBroker } from '../../timing/profiles/managed.ts'
import { managedBrokers } from '../../timing/profiles/managed.ts'
import type { ReproOptions } from './options.ts'
import type { Case } from './repro-case.ts'

const WHO = ['broker', 'client', 'none'] as const

/** What is played, and what has to be said of it before. */
export interface AskedCase {
  readonly given: Case
  readonly notes: readonly string[]
}

/** What the command line asks for, or a complaint. */
export function caseOf(options: ReproOptions): AskedCase {
  if (options.middlebox === undefined)
    throw new Complaint('error: repro needs --middlebox, --from-log or --from-pcap', EXIT.usage)
  const preset = middleboxNamed(options.middlebox)
  const names = usableNames()
  if (!names.clients.includes(options.client)) throw unknownName('--client', options.client, names.clients)
  const managed = options.broker === undefined ? undefined : managedBrokers.get(options.broker)
  if (options.broker !== undefined && !managed && !names.brokers.includes(options.broker))
    throw unknownName('--broker', options.broker, [...names.brokers, ...managedBrokers.keys()])
  const publish = WHO.find(who => who === options.publish)
  if (!publish) throw unknownName('--publish', options.publish, WHO)
  const keepaliveS = keepaliveSeconds('--keepalive', options.keepalive)
  if (keepaliveS === 0)
    throw new Complaint(
      'error: --keepalive: with it off nobody ever finds out, so there is no story to tell',
      EXIT.usage,
    )
  if (options.mqtt !== '4' && options.mqtt !== '5') throw new Complaint('error: --mqtt: 4 or 5', EXIT.usage)
  const afterMs = options.after === undefined ? undefined : milliseconds('--after', options.after)
  const protocol = options.mqtt === '5' ? 5 : 4
  if (managed && !managed.protocols.includes(protocol))
    throw new Complaint(`error: --mqtt: ${managed.summary} speaks MQTT 3.1.1 only`, EXIT.usage)
  const asked: Case = {
    box: { ...preset, afterMs: afterMs ?? preset.afterMs },
    ownAfter: afterMs !== undefined,
    keepaliveS,
    client: options.client,
    broker: options.broker ?? (protocol === 5 ? 'mosquitto' : 'aedes'),
    ...(protocol === 5 ? { protocol } : {}),
    publish,
    scale: scaleOf(options.scale, keepaliveS),
  }
  const limits = limitsOf(options, managed)
  const limited = withLimits(asked, limits, managed)
  const given = { ...limited, broker: playedBroker(limited, managed, names.brokers) }
  return { given, notes: limitWords(asked, given, limits, managed) }
}

interface Limits {
  readonly leastS?: number
  readonly mostS?: number
}

/** What the command line says of the broker's limits goes before what its operator documents. */
function limitsOf({ brokerMin, brokerMax, scale }: ReproOptions, managed: ManagedBroker | undefined): Limits {
  const of = (option: string, text: string | undefined, documented: number | undefined) =>
    text === undefined ? documented : keepaliveSeconds(option, text)
  const leastS = of('--broker-min', brokerMin, managed?.leastS)
  const mostS = of('--broker-max', brokerMax, managed?.mostS)
  if (leastS !== undefined && mostS !== undefined && leastS > mostS)
    throw new Complaint(
      `error: --broker-min: ${leastS} s is more than the longest that the broker allows, ${mostS} s`,
      EXIT.usage,
    )
  if (scale !== undefined && (leastS !== undefined || mostS !== undefined))
    throw new Complaint(
      `error: --scale: the broker's limits are not scaled; leave it out, or ${managed ? '--broker' : '--broker-min and --broker-max'}`,
      EXIT.usage,
    )
  return { ...(leastS === undefined ? {} : { leastS }), ...(mostS === undefined ? {} : { mostS }) }
}

/** A least can be played by no broker that halfopen brings: a client of MQTT 5.0 that is told of it keeps to it, and asks for it here. */
function withLimits(given: Case, { leastS = 0, mostS }: Limits, managed: ManagedBroker | undefined): Case {
  const { protocol = 4, keepaliveS } = given
  if (protocol === 5 && keepaliveS < leastS) return { ...given, keepaliveS: leastS }
  // A 3.1.1 client is not told; one that the broker takes at its own limit is not refused either.
  if (mostS === undefined || (protocol === 4 && managed?.overMost === 'taken-as-most')) return given
  return managed && keepaliveS <= mostS ? given : { ...given, brokerMaxS: mostS }
}

/** Brokers that play in both labs, one for each version of MQTT. */
const PLAYED = ['aedes', 'mosquitto']

/** What plays it: the broker that was asked for; for a managed one the first that can impose the same. */
function playedBroker(given: Case, managed: ManagedBroker | undefined, names: readonly string[]): string {
  const { brokerMaxS, protocol = 4 } = given
  const speaking = names.filter(name => peers.brokers.get(name)?.protocols.includes(protocol))
  const hasLimit = (name: string) => peers.brokers.get(name)?.options.safeParse({ max_keepalive: brokerMaxS }).success
  const able = brokerMaxS === undefined ? speaking : speaking.filter(hasLimit)
  if (managed) return PLAYED.find(name => able.includes(name)) ?? given.broker
  if (!speaking.includes(given.broker))
    throw new Complaint(
      `error: --mqtt: ${given.broker} does not speak MQTT 5.0; with --broker these do: ${speaking.join(', ')}`,
      EXIT.usage,
    )
  if (able.includes(given.broker)) return given.broker
  throw new Complaint(
    `error: --broker-max: ${given.broker} has no max_keepalive; these have: ${able.join(', ')}`,
    EXIT.usage,
  )
}

/** What a managed broker, or one with limits, makes of the keep-alive that was asked for. */
function limitWords(
  asked: Case,
  played: Case,
  { leastS = 0, mostS = Infinity }: Limits,
  managed: ManagedBroker | undefined,
): readonly string[] {
  const name = managed?.summary ?? 'The broker'
  const { keepaliveS, protocol = 4 } = asked
  const countedS = Math.min(Math.max(keepaliveS, leastS), mostS)
  const counted =
    countedS === keepaliveS
      ? []
      : protocol === 5
        ? [
            `${name} imposes ${countedS} s on a client that asks for ${keepaliveS} s (MQTT 5.0 [MQTT-3.2.2-21]); one that ignores it is cut 1.5 times ${countedS} s after its last packet.`,
          ]
        : [
            `${name} counts ${keepaliveS} s as ${countedS} s, which it can't tell a client of MQTT 3.1.1: it notices a dead client 1.5 times ${countedS} s after its last packet.`,
          ]
  return [
    ...(managed ? [`${managed.summary}: ${managed.source} (read ${managed.read}). Played with ${played.broker}.`] : []),
    ...counted,
  ]
}

/** The same case with the keep-alive of `--fix`. */
export function fixedCase(options: ReproOptions, fix: string): AskedCase {
  const keepaliveS = keepaliveSeconds('--fix', fix)
  if (keepaliveS === 0)
    throw new Complaint('error: --fix: 0s turns the keep-alive off, which fixes nothing', EXIT.usage)
  return caseOf({ ...options, keepalive: `${keepaliveS}s` })
}

function scaleOf(text: string | undefined, keepaliveS: number): number {
  if (text === undefined) return 1
  const scale = Number(/^1\/([1-9]\d*)$/.exec(text.trim())?.[1])
  if (!(scale >= 1)) throw new Complaint(`error: --scale: '${text}' is no scale; write it like 1/50`, EXIT.usage)
  if (keepaliveS % scale === 0) return scale
  const even = evenScales(keepaliveS, scale).map(n => `1/${n}`)
  const instead = even.length === 0 ? '' : ` ${even.join(' and ')} would do.`
  throw new Complaint(
    `error: --scale: 1/${scale} makes the keep-alive of ${keepaliveS} s ${Number((keepaliveS / scale).toFixed(3))} s; MQTT counts whole seconds.${instead}`,
    EXIT.usage,
  )
}
