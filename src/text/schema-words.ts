/** What a schema has against a value from outside, in plain words: files that halfopen wrote itself, options, plug-ins. */
import type { z } from 'zod'

type RawIssue = z.core.$ZodRawIssue

/** For `safeParse`: what has no words of its own is said in these.  */
export const IN_WORDS: z.core.ParseContext<z.core.$ZodIssue> = { error: issue => wordsFor(issue as RawIssue) }

/** A problem and its place in one sentence. */
export const atPlace = (path: readonly PropertyKey[], message: string): string => {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`
}

const NOUNS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  map: 'a map',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'text',
}

function wordsFor(issue: RawIssue): string {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'it is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `it has to be ${NOUNS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `it has to be ${oneOf(issue.values)}`
    case 'invalid_union':
      return Array.isArray(issue.options) && issue.options.length > 0
        ? `it has to be ${oneOf(issue.options)}`
        : 'it has another form than it should have'
    case 'too_small':
      return counts(issue.origin) && Number(issue.minimum) === 1
        ? 'it is empty'
        : `it has to be at least ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `it has to be at most ${issue.maximum}${unitOf(issue.origin)}`
    case 'unrecognized_keys':
      return `it has the unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.join(', ')}`
    default:
      return 'it has another form than it should have'
  }
}

const counts = (origin: string): boolean => origin === 'string' || origin === 'array'

const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '')

const oneOf = (values: readonly unknown[]): string => {
  const names = values.map(String)
  return names.length === 1 ? (names[0] ?? '') : `one of ${names.join(', ')}`
}
