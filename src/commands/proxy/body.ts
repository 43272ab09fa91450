/**
 * Reads request bodies as Go's encoding/json does for Toxiproxy: keys in any case, `null` changes nothing, unknown keys are
 * ignored, and what is absent keeps the value it had.
 */

import type { z } from 'zod'
import { messageOf } from '../../text/message-of.ts'

type Fields = Readonly<Record<string, unknown>>

export function parseJson(text: string): unknown {
  if (text.trim() === '') throw badBody('EOF')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badBody(messageOf(error))
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

/** What the API answers instead; texts and status codes are Toxiproxy's (api.go). */
export class ApiError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }

  /** As it stands in the answer. */
  get body(): { readonly error: string; readonly status: number } {
    return { error: this.message, status: this.status }
  }
}

export const badBody = (words: string): ApiError => new ApiError(`bad request body: ${words}`, 400)
export const missingField = (field: string): ApiError => new ApiError(`missing required field: ${field}`, 400)
export const proxyNotFound = (): ApiError => new ApiError('proxy not found', 404)
export const proxyExists = (): ApiError => new ApiError('proxy already exists', 409)
export const toxicNotFound = (): ApiError => new ApiError('toxic not found', 404)
export const toxicExists = (): ApiError => new ApiError('toxic already exists', 409)
export const invalidToxic = (): ApiError => new ApiError('invalid toxic type', 400)
export const invalidStream = (): ApiError =>
  new ApiError('stream was invalid, can be either upstream or downstream', 400)
/** Toxiproxy answers 500 for whatever Go's net package refused. */
export const netTrouble = (words: string): ApiError => new ApiError(words, 500)
