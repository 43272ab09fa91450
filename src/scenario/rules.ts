import { DEFAULT_DIALECT, dialects, titleOf } from '../dialects/index.ts'
import type { WireDialect } from '../dialects/wire-dialect.ts'
import { type Duration, formatDuration, formatMs, resolveDuration } from '../model/duration.ts'
import type { Plugin, Registry, Vocabulary } from '../model/plugin.ts'
import type { Choice as ScaleChoice } from '../model/scenario.ts'
import type { Path, Problem, ProblemText } from './problem.ts'
import type { CheckedScenario } from './scenario-schema.ts'

const FORBIDDEN = '--no-commands (or HALFOPEN_NO_COMMANDS) forbids that'

/** What in a scenario starts a program, or loads code, of its author's choice: docs/security.md. */
export function commandsIn({ broker, client, link }: CheckedScenario, vocabulary: Vocabulary): ProblemText[] {
  return [
    ...programsOf('broker', broker, vocabulary.brokers),
    ...programsOf('client', client, vocabulary.clients),
    ...programsOf('link', link, vocabulary.links),
  ]
}

type Choice = { readonly name: string; readonly options: Readonly<Record<string, unknown>> }

const programsOf = (part: string, { name, options }: Choice, plugins: Registry<Plugin>): ProblemText[] =>
  (plugins.get(name)?.runs ?? [])
    .filter(key => options[key] !== undefined)
    .map(key => ({ path: [part, key], message: `"${key}" names a program or code to run: ${FORBIDDEN}` }))

/** A module runs as it is loaded. */
export const forbiddenModule = (file: string): Problem => ({
  position: { file, line: 1, column: 1 },
  message: `a module is a program, and loading it runs it: ${FORBIDDEN}`,
})

/** What a schema can't see, since it lies between two fields. */
export function brokenRules(scenario: CheckedScenario, vocabulary: Vocabulary): ProblemText[] {
  return [
    ...dialectSpoken(scenario, vocabulary),
    ...protocolSpoken(scenario, vocabulary),
    ...willDelaySpoken(scenario),
    ...keepaliveForK(scenario),
    ...lengths(scenario),
    ...stepsBeforeTheEnd(scenario),
    ...windowsOpen(scenario),
  ]
}

/** Client and broker speak the same, and what is asked of them means something in it. */
function dialectSpoken(scenario: CheckedScenario, vocabulary: Vocabulary): ProblemText[] {
  const { broker, client, timeline, expect } = scenario
  const spoken = dialectOf(vocabulary.brokers.get(broker.name))
  const kind = vocabulary.clients.get(client.name)
  const only = (noun: string, path: Path, { name }: Choice, plugins: Registry<Plugin>): ProblemText[] => {
    const { dialect = spoken.name } = plugins.get(name) ?? {}
    if (dialect === spoken.name) return []
    return [
      { path, message: `the ${noun} ${name} is one of ${titleOf(dialect)}, and ${broker.name} speaks ${spoken.title}` },
    ]
  }
  const lacks = (path: Path, what: string, is: unknown): ProblemText[] =>
    is === undefined || spoken === DEFAULT_DIALECT
      ? []
      : [{ path: ['client', ...path], message: `${what} is one of MQTT, and ${broker.name} speaks ${spoken.title}` }]
  return [
    ...(kind?.nameless || kind?.speaksAll || dialectOf(kind) === spoken
      ? []
      : [
          {
            path: ['client'],
            message: `${client.name} speaks ${dialectOf(kind).title}, and ${broker.name} speaks ${spoken.title}`,
          },
        ]),
    ...lacks(['will'], 'a will', client.will),
    ...lacks(['traffic', 'receiving'], 'what the witness publishes', client.traffic.receiving),
    ...timeline.flatMap(({ fault }, i) =>
      only('fault', ['timeline', i, 'fault', fault.name], fault, vocabulary.faults),
    ),
    ...expect.flatMap((each, i) => only('check', ['expect', i], each, vocabulary.checks)),
  ]
}

const dialectOf = (kind: { readonly dialect?: string } | undefined): WireDialect =>
  dialects.get(kind?.dialect ?? '') ?? DEFAULT_DIALECT

function protocolSpoken({ broker, client }: CheckedScenario, { brokers }: Vocabulary): ProblemText[] {
  const protocols = brokers.get(broker.name)?.protocols ?? []
  if (protocols.includes(client.protocol)) return []
  const message = `${broker.name} does not speak protocol ${client.protocol} (4 is MQTT 3.1.1, 5 is MQTT 5.0)`
  return [{ path: ['client', 'protocol'], message, allowed: protocols.map(String) }]
}

/** The Will Delay Interval is a property of MQTT 5.0 (§3.1.3.2.2). */
function willDelaySpoken({ client: { protocol, will } }: CheckedScenario): ProblemText[] {
  if (protocol === 5 || !will?.delayS) return []
  return [{ path: ['client', 'will', 'delay'], message: 'MQTT 3.1.1 has no will delay: say protocol: 5' }]
}

/** Without a keep-alive there is no K to count in: MQTT 3.1.1 §3.1.2.10, 5.0 §3.1.2.10. */
function keepaliveForK(scenario: CheckedScenario): ProblemText[] {
  if (scenario.client.keepaliveS !== 0) return []
  return durationsIn(scenario)
    .filter(({ duration }) => duration.k !== 0)
    .map(({ path, duration }) => ({
      path,
      message: `${formatDuration(duration)} counts in units of the keep-alive, which is off (keepalive: 0s)`,
    }))
}

const LONGEST_MS = 366 * 24 * 3_600_000

/** No length of time is negative, and those that something repeats or ends after are not zero. */
function lengths(scenario: CheckedScenario): ProblemText[] {
  return durationsIn(scenario).flatMap(({ path, duration, isPositive, mayBeNegative }) => {
    const ms = resolve(duration, scenario)
    const message = duration.k === 0 ? written(ms) : `${formatDuration(duration)} is ${written(ms)}`
    if (!(ms <= LONGEST_MS)) return [{ path, message: 'this is longer than a year, and no run lasts so long' }]
    if (ms < 0 && !mayBeNegative) return [{ path, message: `${message}: a time can't be negative` }]
    return ms === 0 && isPositive ? [{ path, message: `${message}: this has to be longer than nothing` }] : []
  })
}

function stepsBeforeTheEnd(scenario: CheckedScenario): ProblemText[] {
  const endMs = resolve(scenario.until, scenario)
  return scenario.timeline.flatMap(({ at }, index) => {
    const startMs = resolve(at, scenario)
    if (startMs < endMs) return []
    const message = `this step begins at ${written(startMs)}, and the run ends at ${written(endMs)} (until)`
    return [{ path: ['timeline', index, 'at'], message }]
  })
}

function windowsOpen(scenario: CheckedScenario): ProblemText[] {
  return scenario.expect.flatMap(({ name, options: { earliest, latest } }, index) => {
    if (!isDuration(earliest) || !isDuration(latest)) return []
    const [fromMs, toMs] = [resolve(earliest, scenario), resolve(latest, scenario)]
    if (fromMs <= toMs) return []
    const message = `earliest (${written(fromMs)}) is later than latest (${written(toMs)})`
    return [{ path: ['expect', index, name, 'earliest'], message }]
  })
}

const resolve = (duration: Duration, { client }: CheckedScenario): number =>
  resolveDuration(duration, client.keepaliveS * 1000)

const written = (ms: number): string => formatMs(ms)

/** A duration of a scenario and where its file says it. */
interface PlacedDuration {
  readonly path: Path
  readonly duration: Duration
  /** It has to be longer than nothing. */
  readonly isPositive: boolean
  /** A window may open before the moment that it counts from. */
  readonly mayBeNegative: boolean
}

const POSITIVE: ReadonlySet<unknown> = new Set(['until', 'for', 'every'])

const isDuration = (value: unknown): value is Duration =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 2 &&
  typeof Reflect.get(value, 'ms') === 'number' &&
  typeof Reflect.get(value, 'k') === 'number'

/** Every duration in it, those in the plug-ins' options too. */
function durationsIn(scenario: CheckedScenario): PlacedDuration[] {
  const { broker, client, link, timeline, expect, until } = scenario
  return [
    ...under(['until'], until),
    ...under(['broker'], broker.options),
    ...under(['client'], client.options),
    ...under(['client', 'traffic'], client.traffic),
    ...under(['link'], { ...link.options, latency: link.latency, jitter: link.jitter }),
    ...timeline.flatMap((step, index) => [
      ...under(['timeline', index], { at: step.at, for: step.for }),
      ...under(['timeline', index, 'fault', step.fault.name], step.fault.options),
    ]),
    ...expect.flatMap(({ name, options }, index) => under(['expect', index, name], options)),
  ]
}

function under(path: Path, value: unknown): PlacedDuration[] {
  if (isDuration(value)) return [{ path, duration: value, ...boundsOf(path) }]
  if (typeof value !== 'object' || value === null) return []
  const keyOf = (key: string) => (Array.isArray(value) ? Number(key) : key)
  return Object.entries(value).flatMap(([key, item]) => under([...path, keyOf(key)], item))
}

const boundsOf = (path: Path) => {
  const isOurs = path[0] === 'until' || (path[0] === 'timeline' && path.length === 3) || path[1] === 'traffic'
  return { isPositive: isOurs && POSITIVE.has(path.at(-1)), mayBeNegative: path.at(-1) === 'earliest' }
}

type Scaled = { readonly scenario: CheckedScenario } | { readonly complaints: readonly ProblemText[] }

/**
 * The scenario `1/scale` as long: the keep-alive, the lengths of time that a fault calls `scaled` (the idle time-out of a
 * middlebox, a preset's too), when steps begin and end, how often messages go, and the end of the run.
 *
 * What is not the scenario's own to shorten stays: latencies, windows in plain seconds, options of the peers, and how exactly
 * brokers and clients count. So at a scale a broker that looks once a second looks, in units of K, more seldom.
 */
export function toScale(scenario: CheckedScenario, { faults }: Vocabulary): Scaled {
  const { scale: by, client, timeline, until } = scenario
  if (by === undefined || by === 1) return { scenario }
  const keepaliveS = client.keepaliveS / by
  if (!Number.isInteger(keepaliveS))
    return { complaints: [{ path: ['scale'], message: broken(client.keepaliveS, by) }] }
  const shorter = ({ ms, k }: Duration): Duration => ({ ms: ms / by, k })
  const stream = <S extends { readonly every: Duration }>(given: S): S => ({ ...given, every: shorter(given.every) })
  const { publishing, receiving } = client.traffic
  return {
    scenario: {
      ...scenario,
      client: {
        ...client,
        keepaliveS,
        traffic: {
          ...(publishing && { publishing: stream(publishing) }),
          ...(receiving && { receiving: stream(receiving) }),
        },
      },
      timeline: timeline.map(step => ({
        at: shorter(step.at),
        fault: shorterFault(step.fault, faults.get(step.fault.name)?.scaled ?? [], shorter),
        ...(step.for && { for: shorter(step.for) }),
      })),
      until: shorter(until),
    },
  }
}

function shorterFault(
  { name, options }: ScaleChoice,
  scaled: readonly string[],
  shorter: (length: Duration) => Duration,
): ScaleChoice {
  const each = ([key, value]: [string, unknown]) =>
    [key, scaled.includes(key) && isDuration(value) ? shorter(value) : value] as const
  return { name, options: Object.fromEntries(Object.entries(options).map(each)) }
}

/** MQTT counts the keep-alive in whole seconds; which scales come out even is easily said. */
function broken(keepaliveS: number, by: number): string {
  const even = evenScales(keepaliveS, by)
  const instead = even.length === 0 ? '' : `; ${even.map(n => `1/${n}`).join(' and ')} would`
  return `a scale of 1/${by} makes the keep-alive of ${keepaliveS} s ${formatMs((keepaliveS * 1000) / by)}, which is no whole number of seconds (MQTT knows no others)${instead}`
}

/** The nearest scale below and above that divides the keep-alive into whole seconds. */
export function evenScales(keepaliveS: number, by: number): readonly number[] {
  const even = Array.from({ length: keepaliveS }, (_, i) => i + 1).filter(n => keepaliveS % n === 0)
  const below = even.filter(n => n <= by && n > 1).at(-1)
  const above = even.find(n => n > by)
  return [below, above].filter(n => n !== undefined)
}
