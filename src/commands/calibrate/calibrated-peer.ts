import { parse } from 'yaml'
import type { MeasureOrder } from '../../figures/measured-peer.ts'
import type { Plugin, Registry } from '../../model/plugin.ts'
import type { Profile } from '../../model/profile.ts'
import { check } from '../../scenario/messages.ts'
import { optionsAlone } from '../../scenario/named.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import type { Listed } from '../../terminal/lists.ts'
import { ACCELERATED_KEEPALIVES_S, isAccelerated, readLab, readSpeed } from '../../terminal/measuring-lab.ts'
import { keepaliveSeconds } from '../../terminal/options.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { CalibrateOptions } from './options.ts'

/** Who is to be measured, its options checked. */
export interface CalibratedPeer {
  readonly role: 'client' | 'broker'
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** The keys that were given, as a scenario has to give them too. */
  readonly given: readonly string[]
  /** Anything may be behind its name. */
  readonly isNameless: boolean
  /** What its kind calls a version is none. */
  readonly isUnversioned: boolean
}

type Kind = Plugin & { readonly model?: true; readonly nameless?: true; readonly unversioned?: true }

/** One of --client, --command and --broker, and what --options adds. Complains of all else. */
export function subjectOf({ client, command, broker, options, lab }: CalibrateOptions): CalibratedPeer {
  const given = Object.entries({ client, command, broker }).filter(([, value]) => value !== undefined)
  if (given.length !== 1) throw usage('give one of --client, --command and --broker: it is what gets measured')
  const { clients, brokers } = theCatalog().peersIn(labOf(lab))
  const more = optionsFrom(options)
  if (command !== undefined) return checked('client', '--command', 'command', { ...more, command }, clients)
  if (client !== undefined) return checked('client', '--client', client, more, clients)
  const url = broker !== undefined && /^\w+:\/\//.test(broker) ? broker : undefined
  if (url !== undefined) return checked('broker', '--broker', 'external', { ...more, url }, brokers)
  return checked('broker', '--broker', broker ?? '', more, brokers)
}

function checked(
  role: CalibratedPeer['role'],
  option: string,
  name: string,
  given: Readonly<Record<string, unknown>>,
  kinds: Registry<Kind>,
): CalibratedPeer {
  const kind = kinds.get(name)
  const real = [...kinds.values()].filter(({ model }) => !model).map(each => each.name)
  if (kind?.model)
    throw usage(
      `${option}: ${name} is a model of ours here, and to measure it would only find what it is made of; real: ${real.join(', ')}`,
    )
  if (!kind) throw unknownName(option, name, real)
  const result = check(optionsAlone(kind), given)
  const { nameless = false, unversioned = false } = kind
  const known = { role, name, given: Object.keys(given), isNameless: nameless, isUnversioned: unversioned }
  if ('data' in result) return { ...known, options: result.data as CalibratedPeer['options'] }
  const wrong = result.complaints.map(
    ({ path, message, nearest }) =>
      `  ${[...path, message].join(': ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
  )
  throw usage(`what ${name} is given does not fit:\n${wrong.join('\n')}`)
}

function optionsFrom(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  const wrong = usage("--options: write them as a scenario would: '{ reconnectPeriod: 500 }'")
  try {
    const value: unknown = parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    throw wrong
  }
  throw wrong
}

const usage = (message: string): Complaint => new Complaint(`error: ${message}`, EXIT.usage)

/** Where it is measured: by its name, checked. */
export const labOf = (name = 'local'): string => taken('--lab', readLab(name)) ?? name

/** How many times as fast, of the keep-alives that it is measured at. */
export function speedOf({ lab, speed }: CalibrateOptions, { keepalivesS = [] }: MeasureOrder): number {
  return taken('--speed', readSpeed(speed, labOf(lab), Math.min(...keepalivesS))) ?? 1
}

function taken<V>(option: string, { values, problems }: Listed<V>): V | undefined {
  if (problems.length > 0) throw usage(`${option}: ${problems.join('; ')}`)
  return values[0]
}

/**
 * The keep-alives are those of the command line, else those of the profile that is checked, else the measurement's own
 * choice: a library may take no short ones. Where time is scaled they are longer ones.
 */
export function orderFor(
  { role, name, options: peerOptions }: CalibratedPeer,
  options: CalibrateOptions,
  old?: Profile,
): MeasureOrder {
  const own = isAccelerated(labOf(options.lab)) ? ACCELERATED_KEEPALIVES_S : undefined
  const keepalivesS = options.keepalive === undefined ? (old?.keepalivesS ?? own) : keepalivesFrom(options.keepalive)
  return {
    role,
    name,
    options: peerOptions,
    ...(keepalivesS === undefined ? {} : { keepalivesS }),
    ...(options.phases === undefined ? {} : { phases: options.phases }),
    ...(options.samples === undefined ? {} : { brokerSamples: options.samples }),
    ...(options.against === undefined ? {} : { partner: options.against }),
  }
}

function keepalivesFrom(list: string): readonly number[] {
  const keepalivesS = [...new Set(list.split(',').map(text => keepaliveSeconds('--keepalive', text.trim())))]
  if (keepalivesS.length < 2 || keepalivesS.includes(0))
    throw new Complaint('error: --keepalive: give two or more, longer than 0s: 2s,4s,6s', EXIT.usage)
  return keepalivesS.toSorted((a, b) => a - b)
}
