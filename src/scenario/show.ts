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

/** Nothing in a file gets to steer the reader's terminal. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)
