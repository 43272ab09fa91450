import { stringify } from 'yaml'
import type { Path, ProblemText } from './problem.ts'

/** Far deeper than any scenario; what walks one may recurse. */
export const DEEPEST = 64

/**
 * Whatever in a scenario is not plain data. Scenarios are saved with their evidence and cross threads, so a function or
 * a class instance (from TypeScript), or a list that contains itself (a YAML alias), can't be part of one.
 */
export function notPlain(value: unknown, path: Path = [], above: readonly object[] = []): ProblemText[] {
  if (typeof value !== 'object' || value === null)
    return isPlainScalar(value) ? [] : [{ path, message: scalarMessage(value) }]
  if (above.length > DEEPEST) return [{ path, message: 'this is nested too deeply' }]
  if (above.includes(value)) return [{ path, message: 'this contains itself' }]
  const within = [...above, value]
  if (Array.isArray(value)) return value.flatMap((item, index) => notPlain(item, [...path, index], within))
  if (!isPlainObject(value))
    return [{ path, message: `a scenario is plain data: ${className(value)} can't be part of it` }]
  return Object.entries(value).flatMap(([key, item]) => notPlain(item, [...path, key], within))
}

const isPlainScalar = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : !['function', 'symbol', 'bigint'].includes(typeof value)

const scalarMessage = (value: unknown): string =>
  typeof value === 'number'
    ? `${value} is not a finite number`
    : `a scenario is plain data: a ${typeof value} can't be part of it`

/** By its prototype's name, since a scenario may come from another realm. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const className = (value: object): string => `an instance of ${value.constructor?.name || 'a class'}`

const LONGEST = 60

/** A value as a message shows it: text in quotes, collections by their kind only. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  return String(value)
}

/** A value on one line, as a scenario file would spell it: `2s`, `{ delay: { latency: 5s } }`. */
export function inline(value: unknown): string {
  if (typeof value === 'string') return value
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()
}

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)
