import { distance } from 'fastest-levenshtein'
import type { Scenario } from '../model/scenario.ts'
import { isSecretWord } from './secret-names.ts'
import {
  commandValues,
  inOrder,
  isSecretOption,
  namedValues,
  replaceSpans,
  type Span,
  secretSpans,
} from './secret-spans.ts'

const BLANK = '***'

/** Options whose value is a secret, wherever they stand: those of `mqtt.connect`, of TLS, of HTTP headers. */
const SECRET_NAMES =
  /^(password|passphrase|username|user|key|cert|ca|pfx|authData|authenticationData|authorization|cookie)$|token|secret|passw|api[-_]?key|private[-_]?key/i

/** Whether what stands under this name is nobody's business. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAMES.test(name) || isSecretWord(name) || name === 'payload'

/** The scenario with every secret blanked, as it may be saved and shown. */
export const redactScenario = (scenario: Scenario): Scenario => ({
  ...scenario,
  broker: { ...scenario.broker, options: redact(scenario.broker.options) },
  client: { ...scenario.client, options: redact(scenario.client.options) },
  link: { ...scenario.link, options: redact(scenario.link.options) },
  timeline: scenario.timeline.map(step => ({ ...step, fault: { ...step.fault, options: redact(step.fault.options) } })),
})

type Options = Readonly<Record<string, unknown>>

const redact = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, redactValue(name, value)]))

/** What stands under this name, without the secrets in it. */
export function redactValue(name: string, value: unknown): unknown {
  if (value === undefined || value === null) return value
  // A will's payload is the user's data; so is anything that is raw bytes.
  if (isSecretName(name) || value instanceof Uint8Array) return BLANK
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value))
    return value.map((each, index) => (isOptionsValue(value, index) ? BLANK : redactValue('', each)))
  return typeof value === 'object' ? redact({ ...value }) : value
}

/** In a list of arguments: `['--pass', 'X']`. */
function isOptionsValue(list: readonly unknown[], index: number): boolean {
  const [before, value] = [list[index - 1], list[index]]
  if (typeof before !== 'string' || typeof value !== 'string' || /^--[a-z]/.test(value)) return false
  const [, name] = /^-{1,2}([\w.-]+)$/.exec(before) ?? []
  return name !== undefined && isSecretOption(name)
}

/** The text without the secrets that show by what stands around them: a URL's, a command's, a header's. */
export const redactText = (text: string): string => replaceSpans(text, secretSpans(text), () => BLANK)

/** The secrets that stand in a command, without their quotes: a program may print what it was given. */
export function commandSecrets(command: string): readonly string[] {
  const told = ([from, to]: Span): string => unquoted(command.slice(from, to))
  const options = inOrder(commandValues(command)).map(told)
  // What looks like a field may be none, and a short one would be taken out of everything.
  const fields = namedValues(command)
    .map(told)
    .filter(secret => secret.length >= SHORTEST_INSIDE)
  return [...new Set([...options.flatMap(secret => [secret, ...passwordIn(secret)]), ...fields])]
}

const unquoted = (word: string): string =>
  /^["']/.test(word) ? word.slice(1, word.endsWith(word[0] ?? '') ? -1 : undefined) : word

/** `user:password`, as `-u` and HTTP's Basic take it. */
const passwordIn = (secret: string): readonly string[] => {
  const colon = secret.indexOf(':')
  return colon < 0 || colon === secret.length - 1 ? [] : [secret.slice(colon + 1)]
}

/** Longer lines are cut before anything is looked for in them. */
const LONGEST_TEXT = 65_536
/** So long a text may have been cut before it came here. */
const MAYBE_CUT = 4096
/** A shorter one is a part of any text. */
const SHORTEST_INSIDE = 4

/**
 * Takes these secrets out of what a program prints, also where it prints them as JSON, in an address, in base64 or in hex;
 * and what looks like a secret by itself. A text is cut first, and a beginning of a secret at the cut goes too.
 */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const spelled = [...new Set(secrets.flatMap(secret => (secret ? spellings(secret) : [])))]
  // The longest first: one may be a part of another.
  const hidden = spelled.sort((a, b) => b.length - a.length)
  return text => {
    const kept = text.length < MAYBE_CUT ? text : withoutBeginning(text.slice(0, LONGEST_TEXT), hidden)
    return redactText(hidden.reduce((rest, secret) => rest.replaceAll(secret, BLANK), kept))
  }
}

/** As it is, and as JSON, URLs, hex and base64 spell it. */
function spellings(secret: string): readonly string[] {
  const plain = [secret, encodeURIComponent(toWellFormed(secret)), JSON.stringify(secret).slice(1, -1)]
  if (secret.length < SHORTEST_INSIDE) return plain
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  return [...plain, hex, hex.toUpperCase(), ...[0, 1, 2].flatMap(offset => inBase64(bytes, offset))]
}

/** Lone surrogates have no spelling in a URL. */
const toWellFormed = (text: string): string => Buffer.from(text).toString()

/**
 * The characters of base64 (RFC 4648 §4 and §5) that come of these bytes alone, where they start `offset` bytes into a group
 * of three: so `user:secret`, encoded as one, shows neither.
 */
function inBase64(bytes: Buffer, offset: number): readonly string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64url')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  const own = encoded.slice(first, last)
  return own.length < SHORTEST_INSIDE ? [] : [own, own.replaceAll('-', '+').replaceAll('_', '/')]
}

/** Without what may be the first part of a secret, which the cut divided. */
function withoutBeginning(text: string, secrets: readonly string[]): string {
  const lengths = secrets.map(secret => {
    let length = Math.min(secret.length - 1, text.length)
    while (length > 0 && !text.endsWith(secret.slice(0, length))) length--
    return length
  })
  const longest = Math.max(0, ...lengths)
  return longest === 0 ? text : text.slice(0, -longest) + BLANK
}

const KEY = /(?<![\w-])([\w-]+)["']?\s*:(?!\/\/)[^\S\n]*/g
const SECRET_KEY =
  /passw|passphrase|secret|token|credential|authorization|cookie|api[-_]?key|username|payload|auth(?:entication)?data|^(?:user|key|pfx)$/i
/** A slip of the pen is what an error is about, and its value is as secret. */
const MISSPELT = ['password', 'passphrase', 'username', 'secret']
const SLIPS = 2

/**
 * The text of a scenario file as an error may show it: secrets are stars, and everything stands where it stood. Rather one
 * value too many than one too few. It costs as much for each character of any text.
 */
export const redactSource = (text: string): string =>
  replaceSpans(text, inOrder([...secretSpans(text), ...looseUserInfo(text), ...keyedValues(text)]), stars)

/** How far a line is indented is no secret. */
const stars = (text: string): string =>
  text.includes('\n') ? text.replace(/^( +)|[^\r\n]/gm, (_, indent?: string) => indent ?? '*') : '*'.repeat(text.length)

/** Also where it is no URL: all of a word from its `://` to its last `@`. */
const looseUserInfo = (text: string): Span[] =>
  [...text.matchAll(/:\/\/([^\s"']*)/g)].flatMap(({ index, 1: rest = '' }): Span[] => {
    const at = rest.lastIndexOf('@')
    return at < 0 ? [] : [[index + 3, index + 3 + at]]
  })

function keyedValues(text: string): Span[] {
  const spans: Span[] = []
  const keys = new RegExp(KEY.source, KEY.flags)
  for (let found = keys.exec(text); found !== null; found = keys.exec(text)) {
    if (!isSecretKey(found[1] ?? '')) continue
    const from = keys.lastIndex
    const to = endOfValue(text, found.index, from)
    spans.push([from, to])
    keys.lastIndex = to
  }
  return spans
}

const isSecretKey = (key: string): boolean =>
  SECRET_KEY.test(key) ||
  isSecretWord(key) ||
  MISSPELT.some(name => Math.abs(key.length - name.length) <= SLIPS && distance(key.toLowerCase(), name) <= SLIPS)

/**
 * A key that opens its line may stand in block style, where a value takes the whole line and all deeper ones: commas and
 * brackets are parts of it. Elsewhere it is one of several on the line, and ends with the next sign; unless it is still open
 * at the end of the line.
 */
function endOfValue(text: string, keyAt: number, from: number): number {
  const near = text.slice(Math.max(0, keyAt - LONGEST_LEAD), keyAt)
  const lead = near.slice(Math.max(near.lastIndexOf('\n'), near.lastIndexOf('\r')) + 1)
  const opensLine = (lead.length < near.length || near.length === keyAt) && /^[\s\-?"']*$/.test(lead)
  const inline = opensLine ? WHOLE_LINE : INLINE
  inline.lastIndex = from
  const end = from + (inline.exec(text)?.[0].length ?? 0)
  if (end < text.length && text[end] !== '\n') return end
  return deeperThan(text, opensLine ? lead.length : indentAt(lead, 0), end)
}

/** More than anybody indents; looking back any further would make a long line costly. */
const LONGEST_LEAD = 200

const WHOLE_LINE = /[^\n]*/y
/** In quotes, in brackets, or plain up to its end. */
const INLINE = /"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[[{][^\n\]}]*[\]}]?|[^\s"'{[,}\]][^,}\]\n]*/y

const indentAt = (text: string, lineAt: number): number => {
  let column = 0
  while (column < LONGEST_LEAD && text[lineAt + column] === ' ') column++
  return column
}

/**
 * The end of the last of the lines behind `end` that are empty or stand further to the right. A carriage return by itself ends a line too
 * (YAML 1.2 §5.4), and what follows it is hidden with what stands before it.
 */
function deeperThan(text: string, column: number, end: number): number {
  let last = end
  for (let at = end; text[at] === '\n'; ) {
    const next = text.indexOf('\n', at + 1)
    const lineEnd = next < 0 ? text.length : next
    const indent = indentAt(text, at + 1)
    const isEmpty = at + 1 + indent >= lineEnd || (text[at + 1 + indent] === '\r' && at + 2 + indent === lineEnd)
    if (!isEmpty && indent <= column) break
    at = lineEnd
    if (!isEmpty) last = at
  }
  return last
}
