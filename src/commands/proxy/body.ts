/**
 * Reads request bodies as Go's encoding/json does for Toxiproxy: keys in any case, `null` changes nothing, unknown keys are
 * ignored, and what is absent keeps the value it had.
 */
import type { z } from 'zod'
import { badBody } from './api-error.ts'

type Fields = Readonly<Record<string, unknown>>

export function parseJson(text: string): unknown {
  if (text.trim() === '') throw badBody('EOF')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badBody(error instanceof Error ? error.message : String(error))
  }
}

/** `given` over `current`, checked. `place` is what the error calls it. */
export function decode<T>(schema: z.ZodType<T>, given: unknown, current: Fields, place = ''): T {
  const fields = given === null ? {} : given
  if (!isFields(fields)) throw badBody(`${place || 'it'} has to be an object, not ${kindOf(given)}`)
  const parsed = schema.safeParse({ ...current, ...folded(fields) })
  if (parsed.success) return parsed.data
  const words = parsed.error.issues.map(issue => wordsFor(issue, fields, place))
  throw badBody(words.join('; '))
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const folded = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key.toLowerCase(), value]),
  )

function wordsFor(issue: z.core.$ZodIssue, fields: Fields, place: string): string {
  const name = [...(place ? [place] : []), ...issue.path].join('.')
  const [key] = issue.path
  const value = typeof key === 'string' ? folded(fields)[key] : undefined
  if (value === undefined) return `${name} is missing`
  if (issue.code === 'invalid_type')
    return `${name} has to be ${KINDS[issue.expected] ?? issue.expected}, not ${show(value)}`
  if (issue.code === 'invalid_value') return `${name} has to be one of ${issue.values.join(', ')}`
  return `${name}: ${issue.message}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  object: 'an object',
  array: 'a list',
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : (KINDS[typeof value] ?? String(value)))

const show = (value: unknown): string => (typeof value === 'number' ? String(value) : kindOf(value))
