import { stringify } from 'yaml'

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
