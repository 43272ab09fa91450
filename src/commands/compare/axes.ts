import { z } from 'zod'
import { type Duration, keepalives, parseDuration } from '../../model/duration.ts'
import type { Qos, Stream, Traffic } from '../../model/scenario.ts'
import {
  durationIn,
  type Listed,
  type ParseOne,
  parseList,
  parseNumbers,
  positiveNumber,
} from '../../terminal/lists.ts'
import type { Names } from '../../terminal/project.ts'
import { orAll } from '../../text/nearest.ts'
import { comparedFaults } from './cell-fault.ts'

const FLOWS = ['publishing', 'receiving'] as const
const TRAFFIC_NAMES = ['idle', ...FLOWS] as const

/** Two messages in each keep-alive: often enough to keep a flow alive, seldom enough that a ping may fall due. */
const EVERY: Duration = keepalives(0.5)
const QOS: Qos = 1

/** `idle`, `publishing`, `receiving:qos0`, `publishing:qos1:30s`, `receiving:2K`; a string says what is wrong. */
export function parseTraffic(text: string): Traffic | string {
  const [name = '', ...rest] = text.split(':')
  if (name === 'idle') return rest.length === 0 ? {} : 'idle takes nothing after it'
  const flow = FLOWS.find(each => each === name)
  if (!flow) return `nothing is called '${name}'`
  let stream: Stream = { qos: QOS, every: EVERY }
  for (const part of rest) {
    const qos = /^qos([012])$/.exec(part)?.[1]
    const every = parseDuration(part)
    if (qos !== undefined) stream = { ...stream, qos: Number(qos) as Qos }
    else if (every && every.ms + every.k > 0) stream = { ...stream, every }
    else return `'${part}' is neither qos0, qos1, qos2 nor how often, such as 30s or 0.5K`
  }
  return { [flow]: stream }
}

/** Every axis with its values; empty where it was not asked for and has no default. */
export const axesSchema = z.object({
  keepaliveS: z.array(z.number()),
  ratio: z.array(z.number()),
  idleMs: z.array(z.number()),
  maxKeepaliveS: z.array(z.number()),
  broker: z.array(z.string()),
  client: z.array(z.string()),
  fault: z.array(z.string()),
  traffic: z.array(z.string()),
  latencyMs: z.array(z.number()),
})
export type Axes = Readonly<z.infer<typeof axesSchema>>

/** As the command line gives them, by the names of its options. */
export interface AxisTexts {
  readonly keepalive?: string
  readonly ratio?: string
  readonly idle?: string
  readonly maxKeepalive?: string
  readonly broker?: string
  readonly client?: string
  readonly fault?: string
  readonly traffic?: string
  readonly latency?: string
}

interface ReadAxes {
  readonly axes: Axes
  /** Each begins with the option that it is about. */
  readonly problems: readonly string[]
}

const LONGEST_KEEPALIVE_S = 65_535

const wholeSeconds = durationIn(1000, { whole: true, least: 1 })
const keepalive: ParseOne<number> = text => {
  const parsed = wholeSeconds(text)
  const tooLong = 'value' in parsed && parsed.value > LONGEST_KEEPALIVE_S
  return tooLong ? { problem: `'${text}' is more than ${LONGEST_KEEPALIVE_S} s, the most that MQTT can say` } : parsed
}

/** Every axis, with the defaults for what is not given, and every problem at once. */
export function readAxes(texts: AxisTexts, names: Names): ReadAxes {
  const problems: string[] = []
  const read = <V>(option: string, text: string | undefined, fallback: V[], list: (text: string) => Listed<V>): V[] => {
    if (text === undefined) return fallback
    const { values, problems: found } = list(text)
    problems.push(...found.map(problem => `--${option}: ${problem}`))
    return [...values]
  }
  const numbers = (one: ParseOne<number>) => (text: string) => parseNumbers(text, one)
  const named = (allowed: readonly string[]) => (text: string) => parseList(text, oneOf(allowed))
  const hasIdle = texts.idle !== undefined
  const axes: Axes = {
    keepaliveS: read('keepalive', texts.keepalive, texts.ratio === undefined ? [60] : [], numbers(keepalive)),
    ratio: read('ratio', texts.ratio, [], numbers(positiveNumber)),
    idleMs: read('idle', texts.idle, [], numbers(durationIn(1, { least: 1 }))),
    maxKeepaliveS: read('max-keepalive', texts.maxKeepalive, [], numbers(keepalive)),
    broker: read('broker', texts.broker, ['aedes'], named(names.brokers)),
    client: read('client', texts.client, ['mqttjs'], named(names.clients)),
    fault: read('fault', texts.fault, [defaultFault(texts)], named([...comparedFaults.keys()])),
    traffic: read('traffic', texts.traffic, ['idle'], text => parseList(text, traffic)),
    latencyMs: read('latency', texts.latency, [20], numbers(durationIn(1))),
  }
  return { axes, problems: [...problems, ...contradictions(texts, axes, hasIdle)] }
}

const defaultFault = ({ idle, maxKeepalive }: AxisTexts): string => {
  if (idle !== undefined) return 'idle-cut'
  return maxKeepalive === undefined ? 'blackhole' : 'none'
}

function contradictions(texts: AxisTexts, { fault }: Axes, hasIdle: boolean): string[] {
  const boxes = fault.filter(name => comparedFaults.get(name)?.kind === 'box')
  const found: string[] = []
  if (texts.ratio !== undefined && texts.keepalive !== undefined)
    found.push('--ratio: the keep-alives follow from it, so --keepalive has to be left out')
  if (texts.ratio !== undefined && !hasIdle && texts.maxKeepalive === undefined)
    found.push('--ratio: of what? Give the time-out: --idle of the middlebox, or --max-keepalive of the broker')
  if (boxes.length > 0 && !hasIdle) found.push(`--fault: ${boxes[0]} needs the idle time-out of the middlebox: --idle`)
  if (hasIdle && boxes.length === 0 && fault.length > 0)
    found.push('--idle: none of these faults is a middlebox; --fault idle-cut is one')
  return found
}

function oneOf(allowed: readonly string[]): ParseOne<string> {
  return text => {
    if (allowed.includes(text)) return { value: text }
    return { problem: `nothing is called '${text}'${orAll(text, allowed)}` }
  }
}

const traffic: ParseOne<string> = text => {
  const named = oneOf(TRAFFIC_NAMES)(text.split(':')[0] ?? '')
  if ('problem' in named) return named
  const parsed = parseTraffic(text)
  return typeof parsed === 'string' ? { problem: parsed } : { value: text }
}
