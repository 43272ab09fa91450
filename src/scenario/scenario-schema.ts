import { z } from 'zod'
import type { Duration } from '../model/duration.ts'
import type { Vocabulary } from '../model/plugin.ts'
import type { BrokerChoice, Choice, ClientChoice, LinkChoice, Scenario } from '../model/scenario.ts'
import { duration } from '../model/schema.ts'
import { keepalive, trafficSchema, willSchema } from './client-fields.ts'
import { keyedChoice, namedChoice } from './named.ts'

const DEFAULT_LINK = 'embedded'
const DEFAULT_PROTOCOL = 4
/** Each is a connection of this machine, with a local port of its own at both ends of the link. */
const MOST_CLIENTS = 10_000

/** A peer as its file says it: of its profile only the path is known. */
type Unread<C extends Choice> = Omit<C, 'profile'> & { readonly profile?: string | undefined }

/** What the loader knows only later, or only where it stands in the file. */
type Later = 'position' | 'timeline' | 'expect' | 'lab' | 'tags' | 'must' | 'scale' | 'profiles' | 'broker' | 'client'

/** A scenario as its file says it, checked and with defaults, before the matrix and without positions. */
export interface CheckedScenario extends Omit<Scenario, Later> {
  readonly broker: Unread<BrokerChoice>
  readonly client: Unread<ClientChoice>
  readonly description?: string | undefined
  readonly timeline: readonly { readonly at: Duration; readonly fault: Choice; readonly for?: Duration | undefined }[]
  readonly expect: readonly Choice[]
  readonly lab?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly must?: Scenario['must'] | undefined
  readonly scale?: number | undefined
  readonly matrix?: Readonly<Record<string, readonly unknown[]>> | undefined
}

const built = new WeakMap<Vocabulary, z.ZodType<CheckedScenario>>()

/** The format of a scenario file, with every name and option of the vocabulary. Built once for each vocabulary. */
export function scenarioSchema(vocabulary: Vocabulary): z.ZodType<CheckedScenario> {
  const schema = built.get(vocabulary) ?? build(vocabulary)
  built.set(vocabulary, schema)
  return schema
}

function build(vocabulary: Vocabulary): z.ZodType<CheckedScenario> {
  const step = z.strictObject({
    at: duration.describe('when the fault begins, counted from CONNACK'),
    fault: keyedChoice('fault', vocabulary.faults.values(), vocabulary.notFaults).describe(
      'what is done to the link or to a peer',
    ),
    for: duration.optional().describe('how long until it is lifted; without it the fault stays to the end'),
  })
  return z
    .strictObject({
      name: oneLine.describe('the claim, in one line'),
      description: z.string().optional().describe('anything else a reader should know'),
      broker: brokerSchema(vocabulary).describe('the broker, by name or with its options'),
      client: clientSchema(vocabulary).describe('the client under test'),
      link: linkSchema(vocabulary).prefault(DEFAULT_LINK).describe('what the connection runs through'),
      timeline: z.array(step).default([]).describe('what happens, and when'),
      expect: z
        .array(keyedChoice('check', vocabulary.checks.values()))
        .min(1, { error: 'expect is empty: a scenario has to expect something' })
        .describe('what must be true of the run'),
      lab: labSchema(vocabulary.labs).optional().describe('where it makes sense; default: everywhere that can'),
      tags: tags.optional().describe('words by which run --tag chooses scenarios'),
      until: duration.describe('when the run ends, counted from CONNACK'),
      must: z
        .enum(['fail', 'inconclusive'])
        .optional()
        .describe('a canary: it has to come out this way instead of passing'),
      scale: scale.optional(),
      matrix: matrix.optional(),
    })
    .meta({ title: 'halfopen scenario' })
}

/** It stands in a line of every report, and in the name of a file. */
const LONGEST_NAME = 300

const oneLine = z
  .string()
  .min(1)
  .max(LONGEST_NAME, { error: `a name has at most ${LONGEST_NAME} characters; the rest goes into description` })
  .refine(text => !/[\r\n]/.test(text), { error: 'a name has to fit on one line' })

/** No comma and no leading `!`, which mean something to `--tag`. */
export const TAG_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}_.:/-]*$/u
const MOST_TAGS = 20

const tag = z
  .string()
  .max(60)
  .regex(TAG_PATTERN, { error: 'a tag is one word of letters, digits and _ . : / -, such as slow or team-a' })
const tags = z.union([tag.transform(word => [word]), z.array(tag).max(MOST_TAGS)])

const matrix = z
  .record(z.string(), z.array(z.unknown()).min(1))
  .describe('dotted paths, such as client.keepalive, with the values that each of them takes')

const profile = z.string().min(1).describe('the file of its measured profile, by its path from this one')

/** A kind that is made of a profile can't do without one. */
const profileOf = ({ ofProfile }: { readonly ofProfile?: unknown }) => (ofProfile ? profile : profile.optional())

function brokerSchema({ brokers }: Vocabulary): z.ZodType<Unread<BrokerChoice>> {
  const own = (broker: { readonly ofProfile?: unknown }) => ({ profile: profileOf(broker) })
  return namedChoice({ plugins: brokers.values(), own }).transform(({ name, options, own: { profile } }) => ({
    name,
    options,
    ...(profile !== undefined && { profile }),
  }))
}

function clientSchema({ clients }: Vocabulary): z.ZodType<Unread<ClientChoice>> {
  const own = (client: Parameters<typeof profileOf>[0] & Ability) => ({
    keepalive: keepalive.describe('the keep-alive interval, in whole seconds; 0s turns it off'),
    protocol: z.literal([4, 5]).default(DEFAULT_PROTOCOL).describe('4 is MQTT 3.1.1, 5 is MQTT 5.0'),
    traffic: trafficSchema(client.name, client.traffic).prefault('idle'),
    will: willSchema(client.name, client.will).optional().describe('the will that it registers'),
    count: z
      .int()
      .min(1)
      .max(client.fleet?.most ?? MOST_CLIENTS)
      .default(1)
      .describe('how many clients of this kind; each is under test'),
    profile: profileOf(client),
  })
  const fleets = new Map([...clients.values()].map(({ name, fleet }) => [name, fleet]))
  return namedChoice({ plugins: clients.values(), own }).transform(
    ({ name, options, own: { keepalive: keepaliveS, protocol, traffic, will, count, profile } }) => ({
      name,
      options,
      keepaliveS,
      protocol,
      traffic,
      count,
      ...recordedOf(count, fleets.get(name)),
      ...(will !== undefined && { will }),
      ...(profile !== undefined && { profile }),
    }),
  )
}

const recordedOf = (count: number, fleet: FleetAbility | undefined): { readonly recorded?: number } =>
  fleet ? { recorded: Math.min(count, fleet.recorded) } : {}

interface Ability {
  readonly name: string
  readonly traffic: Parameters<typeof trafficSchema>[1]
  readonly will?: Parameters<typeof willSchema>[1]
  readonly fleet?: FleetAbility
}

interface FleetAbility {
  readonly most: number
  readonly recorded: number
}

function linkSchema({ links }: Vocabulary): z.ZodType<LinkChoice> {
  const own = () => ({
    latency: duration.prefault('0ms').describe('one way, each way'),
    jitter: duration.prefault('0ms').describe('at most this much more'),
  })
  return namedChoice({ plugins: links.values(), own, fallback: DEFAULT_LINK }).transform(
    ({ name, options, own: { latency, jitter } }) => ({ name, options, latency, jitter }),
  )
}

function labSchema(labs: readonly string[]): z.ZodType<readonly string[]> {
  const lab = z.enum(labs)
  return z.union([lab.transform(name => [name]), z.array(lab).min(1)])
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * The file format for editors, from the schema that the loader uses. Draft 7 is what the YAML language server knows best:
 * `# yaml-language-server: $schema=./node_modules/halfopen/halfopen.schema.json`
 */
export function scenarioJsonSchema(vocabulary: Vocabulary): JsonSchema {
  // A plug-in may check what JSON Schema can't say; an editor then lets it pass and the loader does not.
  const schema = z.toJSONSchema(scenarioSchema(vocabulary), { io: 'input', target: 'draft-07', unrepresentable: 'any' })
  return { ...schema, patternProperties: { '^x-': { description: "the author's own: anchors and notes" } } }
}

const FRACTION = /^\s*1\s*\/\s*([1-9]\d*)\s*$/

/** `1/100`, parsed to 100: how many times shorter. */
export const scale = z
  .string({ error: 'a scale is written like 1/100' })
  .regex(FRACTION, { error: 'a scale is written like 1/100' })
  .transform(text => Number(FRACTION.exec(text)?.[1] ?? 1))
  .describe('plays the same in a part of the time, such as 1/100: keep-alive, middlebox, timeline, traffic and end')
