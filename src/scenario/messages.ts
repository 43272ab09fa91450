import { z } from 'zod'
import { isSecretName } from '../evidence/redact.ts'
import { isRefused } from '../model/schema.ts'
import { nearest } from '../text/nearest.ts'
import { A_NAME, type Issue, meantIssues, OR, PARSE_PARAMS, shapeOf, UNWORDED } from './issues.ts'
import { show } from './plain.ts'
import type { Path, ProblemText } from './problem.ts'

type Words = Pick<ProblemText, 'message' | 'allowed' | 'nearest'>

/** One issue in plain English; several where several keys are unknown. `scenario` is what was checked. */
function complaintsOf(issue: Issue, scenario: unknown): ProblemText[] {
  const path = issue.path.map(step => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(key, path, shapeOf(issue)))
  // Of a schema that takes further keys: schema named.ts.
  if (issue.code === 'custom' && issue.message === UNWORDED && issue.params?.shape)
    return [unknownKey(String(path.at(-1)), path.slice(0, -1), issue.params.shape as z.ZodRawShape)]
  return [{ path, ...standingAlone(wordsFor(issue, path), path, scenario) }]
}

function wordsFor(issue: Issue, path: Path): Words {
  const { input } = issue
  if (issue.message !== UNWORDED) return { message: issue.message }
  if (input === undefined) return { message: `${subject(path)} is missing`, ...allowedOf(issue) }
  if (input === null) return { message: `${subject(path)} is empty`, ...allowedOf(issue) }
  switch (issue.code) {
    case 'invalid_type':
      return { message: `${subject(path)} has to be ${kindName(issue.expected)}, not ${shown(input, path)}` }
    case 'invalid_value':
      return wrongValue(issue, path)
    case 'too_small':
      return { message: tooSmall(issue, path) }
    case 'too_big':
      return { message: `${subject(path)} has to be at most ${issue.maximum}` }
    case 'not_multiple_of':
      return { message: `${subject(path)} has to be a multiple of ${issue.divisor}` }
    case 'invalid_format':
      return { message: `${subject(path)} is no valid ${issue.format}: ${shown(input, path)}` }
    default:
      return { message: `${subject(path)} can't be ${shown(input, path)}` }
  }
}

/** A secret of the wrong kind, such as a password of digits only, is still one. */
function shown(input: unknown, path: Path): string {
  const isSecret = path.some(step => typeof step === 'string' && isSecretName(step))
  return isSecret && (typeof input !== 'object' || input === null) ? 'what stands there' : show(input)
}

function unknownKey(key: string, path: Path, shape: z.ZodRawShape): ProblemText {
  const noun = nounOfKeys(path)
  const known = Object.keys(shape).filter(name => !isRefused(shape[name]))
  const near = nestedAs(key, shape) ?? nearest(key, known) ?? sameAs(key, Object.keys(shape))
  return {
    path: [...path, key],
    at: 'key',
    message: `unknown ${noun} ${show(key)}`,
    ...(known.length > 0 && { allowed: known }),
    ...(near !== undefined && { nearest: near }),
  }
}

function wrongValue(issue: z.core.$ZodIssueInvalidValue, path: Path): Words {
  const allowed = issue.values.map(String)
  const noun = nounOf(path)
  const near = typeof issue.input === 'string' ? nearest(issue.input, allowed) : undefined
  const isName = noun !== undefined && typeof issue.input === 'string'
  return {
    message: isName ? `unknown ${noun} ${show(issue.input)}` : `${subject(path)} can't be ${shown(issue.input, path)}`,
    allowed,
    ...(near !== undefined && { nearest: near }),
  }
}

const allowedOf = (issue: Issue): Partial<Words> =>
  issue.code === 'invalid_value' && issue.values.length > 0 ? { allowed: issue.values.map(String) } : {}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall, path: Path): string {
  if (origin !== 'string' && origin !== 'array') return `${subject(path)} has to be at least ${minimum}`
  return minimum === 1 ? `${subject(path)} is empty` : `${subject(path)} needs at least ${minimum} entries`
}

/** `delay` alone stands for `{ delay: {} }`: a problem in there has no place in the file but the word itself. */
function standingAlone(words: Words, path: Path, scenario: unknown): Words {
  let value = scenario
  for (const step of path) {
    if (typeof value === 'string')
      return { ...words, message: `${value} can't stand alone: ${words.message}${example(value, path)}` }
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  }
  return words
}

/** The full form that a name alone should have been. */
function example(name: string, path: Path): string {
  const isNamed = path[0] === 'broker' || path[0] === 'client' || path[0] === 'link'
  const key = path.at(-1)
  if (key === name) return ''
  return isNamed ? `; write { name: ${name}, ${key}: ... }` : `; write { ${name}: { ${key}: ... } }`
}

/** What is spoken of: `"until"`, or an entry of a list. */
function subject(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'a scenario'
  return typeof last === 'string' ? show(last) : `entry ${last + 1} of ${subject(path.slice(0, -1))}`
}

/** What a plain name at this place is the name of. */
function nounOf(path: Path): string | undefined {
  const [first, , third] = path
  if (first === 'broker' || first === 'client' || first === 'link')
    return path.length === 1 || (path.length === 2 && path[1] === 'name') ? first : undefined
  if (first === 'lab') return 'lab'
  if (first === 'expect' && path.length === 2) return 'check'
  return first === 'timeline' && third === 'fault' && path.length === 3 ? 'fault' : undefined
}

/** What the keys of a map at this place are. */
function nounOfKeys(path: Path): string {
  const noun = nounOf(path)
  return noun === 'fault' || noun === 'check' ? noun : 'key'
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  [A_NAME]: 'a name',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const kindName = (expected: string): string =>
  expected
    .split(OR)
    .map(kind => KIND_NAMES[kind] ?? kind)
    .join(' or ')

type Checked<T> = { readonly data: T } | { readonly complaints: readonly ProblemText[] }

/** Holds a value against a schema and says in plain English all that does not fit. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value, PARSE_PARAMS)
  if (result.success) return { data: result.data }
  return { complaints: meantIssues(result.error.issues).flatMap(issue => complaintsOf(issue, value)) }
}

/**
 * A key that was written flat and stands in a map: `will_delay` is `will: { delay: ... }`, `publishing-qos` is
 * `publishing: { qos: ... }`. `undefined` where no such one is known.
 */
function nestedAs(key: string, shape: z.ZodRawShape): string | undefined {
  const wanted = squeezed(key)
  for (const [outer, schema] of Object.entries(shape)) {
    if (!wanted.startsWith(squeezed(outer))) continue
    const inner = innerKeys(schema).find(name => squeezed(outer + name) === wanted)
    if (inner !== undefined) return `${outer}: { ${inner}: ... }`
  }
  return undefined
}

/** The name that is written with other capitals, dashes or underscores. */
const sameAs = (key: string, names: readonly string[]): string | undefined =>
  names.find(name => squeezed(name) === squeezed(key))

const squeezed = (name: string): string => name.replaceAll(/[-_ ]/g, '').toLowerCase()

/** Keys of the map that a schema takes, whatever it is wrapped in. */
function innerKeys(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (schema instanceof z.ZodPipe) return innerKeys(schema.in)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(innerKeys)
  const wrapped = schema instanceof z.ZodType && 'innerType' in schema.def ? schema.def.innerType : undefined
  return wrapped === undefined ? [] : innerKeys(wrapped)
}
