import { distance } from 'fastest-levenshtein'
import { COMMAND_SECRET } from './redact.ts'

const KEY = /([\w-]+)["']?\s*:/g
/** In quotes, in brackets, or plain up to its end. */
const VALUE = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[[{][^\n]*?(?:[\]}]|$)|[^\s"'{[,}\]][^,}\]\n]*/
const SECRET_KEY = /passw|passphrase|secret|token|credential|authorization|cookie|api[-_]?key|username|payload|^user$/i
/** A slip of the pen is what an error is about, and its value is as secret. */
const MISSPELT = ['password', 'passphrase', 'username', 'secret']
const SLIPS = 2
/** Also where it is no URL. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)([^\s"']*)(?=@)/gi
const PEM = /-----BEGIN [\s\S]+?(?:-----END [^-]*-----|$)/g

/**
 * The text of a scenario file as an error may show it: secrets are stars, and everything stands where it stood. Rather one
 * value too many than one too few.
 */
export function redactSource(text: string): string {
  const keys = [...new Set([...text.matchAll(KEY)].map(([, key = '']) => key))].filter(isSecretKey)
  const entries = new RegExp(`(\\b(?:${keys.join('|')})["']?\\s*:\\s*)(${VALUE.source})`, 'gm')
  const hide = (_whole: string, before: string, secret: string) => `${before}${stars(secret)}`
  const hidden = text.replace(PEM, stars).replace(USER_INFO, hide).replace(COMMAND_SECRET, hide)
  return keys.length === 0 ? hidden : hidden.replace(entries, hide)
}

const isSecretKey = (key: string): boolean =>
  SECRET_KEY.test(key) || MISSPELT.some(name => distance(key.toLowerCase(), name) <= SLIPS)

const stars = (text: string): string => text.replace(/[^\r\n]/g, '*')
