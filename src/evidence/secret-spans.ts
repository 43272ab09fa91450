/**
 * Where secrets stand in a text that halfopen did not write: a URL, a command, a header, a peer's own words.
 *
 * Every pattern here is linear: it starts at a sign that its own run can't contain, and reads on from where the last one
 * ended. So a megabyte of `?token` or of letters costs as much as a megabyte of anything (test/regexes.test.ts holds it).
 * An open quotation mark goes on to the end of the text: a secret that was cut in two is still a secret.
 */

import { isSecretWord } from './secret-names.ts'

/** From the first character up to the one behind the last. */
export type Span = readonly [from: number, to: number]

/** All of them, in order, none in another. */
export const secretSpans = (text: string): readonly Span[] =>
  inOrder([
    ...userInfo(text),
    ...queryValues(text),
    ...commandValues(text),
    ...namedValues(text),
    ...elements(text),
    ...headerValues(text),
    ...tokens(text),
    ...pemBlocks(text),
  ])

/** The text with something else in the place of each span. */
export function replaceSpans(text: string, spans: readonly Span[], write: (secret: string) => string): string {
  const parts: string[] = []
  let done = 0
  for (const [from, to] of spans) {
    parts.push(text.slice(done, from), write(text.slice(from, to)))
    done = to
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}

/** Sorted, those that meet made one. */
export function inOrder(spans: readonly Span[]): readonly Span[] {
  const ordered: Span[] = []
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    const last = ordered.at(-1)
    if (last === undefined || from > last[1]) ordered.push([from, to])
    else ordered[ordered.length - 1] = [last[0], Math.max(last[1], to)]
  }
  return ordered
}

/** What a lead (a name and what stands between it and its value) says of the value behind it: its pattern, sticky. */
type ValueAfter = (lead: RegExpExecArray) => RegExp | undefined

/** Goes from lead to lead; where one has a value of interest, on from the end of that value. */
export function valuesAfter(
  text: string,
  lead: RegExp,
  valueAfter: ValueAfter,
  isMeant: (value: string, at: number) => boolean = () => true,
): Span[] {
  const spans: Span[] = []
  const leads = new RegExp(lead.source, lead.flags)
  for (let found = leads.exec(text); found !== null; found = leads.exec(text)) {
    const value = valueAfter(found)
    if (value === undefined) continue
    value.lastIndex = leads.lastIndex
    const [whole] = value.exec(text) ?? []
    if (!whole || !isMeant(whole, found.index)) continue
    spans.push([leads.lastIndex, leads.lastIndex + whole.length])
    leads.lastIndex += whole.length
  }
  return spans
}

/**
 * `mqtts://user:pass@host`: all up to the last `@` of the authority (RFC 3986 §3.2); and `user:pass@host`, where the scheme was
 * left out.
 */
function userInfo(text: string): Span[] {
  const inUrls = [...text.matchAll(/[a-z0-9+.-]:\/\/([^\s/?#]*)@/gi)].map(({ index, 0: whole, 1: info = '' }): Span => {
    const to = index + whole.length - 1
    return [to - info.length, to]
  })
  return [...inUrls, ...bareUserInfo(text)]
}

/** Goes from `@` to `@`, and never looks back behind the one before, nor further than a password is long. */
function bareUserInfo(text: string): Span[] {
  const spans: Span[] = []
  let last = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const near = text.slice(Math.max(last, at - LONGEST_USER_INFO), at)
    last = at + 1
    const [rest = ''] = near.split(/[\s"']/).slice(-1)
    const colon = rest.indexOf(':')
    const [user = ''] = rest
      .slice(0, Math.max(colon, 0))
      .split(/[=(<,]/)
      .slice(-1)
    const password = rest.slice(colon + 1)
    if (user === '' || password === '' || password.includes('/') || NO_USER.test(user)) continue
    if (/^[\w[]/.test(text.slice(at + 1, at + 2))) spans.push([at - `${user}:${password}`.length, at])
  }
  return spans
}

const LONGEST_USER_INFO = 200
/** `mailto:ann@example.org`, `npm:vitest@3`, `12:30@noon`. */
const NO_USER = /^(?:mailto|sips?|xmpp|acct|npm|file|node|docker|workspace|\d+)$/i

const QUERY_NAME = /[?&]([^=&?\s#]*)=/g
const QUERY_SECRET = /token|key|secret|passw|sig|auth|credential/i
const isSecretQuery = (name: string): boolean => QUERY_SECRET.test(name) || isSecretWord(name)

/** `?token=...` of a pre-signed URL. */
const queryValues = (text: string): Span[] =>
  valuesAfter(text, QUERY_NAME, ([, name = '']) => (isSecretQuery(name) ? /[^&\s#"']+/y : undefined))

/** `-P`, `--password`, `-Dmqtt.password`. */
const OPTION = /(?<=^|[\s'"])-{1,2}([\w.-]+)(?:\s+|=)/g
/** Beside those that are secrets wherever they stand. `-p` is a port for most programs: the case of one letter counts. */
const OPTION_SECRET = /^(?:P|key|user|username|auth|bearer)$/
/** `API_TOKEN=secret ./device`, `password=secret`. */
const VARIABLE = /(?<=^|[\s;'"])(\w+)=/g

const word = () => /"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s'"]+/y

/** In a command: the values of options and variables that are secret by their names, and `-u user:password`. */
export function commandValues(text: string): Span[] {
  const named = valuesAfter(text, OPTION, ([, name = '']) => (isSecretOption(name) ? word() : undefined), isNoOption)
  const pairs = valuesAfter(text, OPTION, ([, name]) => (name === 'u' ? word() : undefined), isUserAndPassword)
  const variables = valuesAfter(
    text,
    VARIABLE,
    ([, name = '']) => (isSecretWord(name) ? word() : undefined),
    isNoPlainWord,
  )
  return [...named, ...pairs, ...variables]
}

/** The options whose next word is a secret. */
export const isSecretOption = (name: string): boolean =>
  // Java's way to name a property: `-Dpassword=X`.
  OPTION_SECRET.test(name) || isSecretWord(name) || (name.startsWith('D') && isSecretWord(name.slice(1)))

/** The option had no value after all. */
const isNoOption = (value: string): boolean => !/^--[a-z]/.test(value)

/** `-u` alone is a user, a URL, or Python's way to write unbuffered. */
const isUserAndPassword = (value: string): boolean => /^["']?[^:/]+:(?!\/\/)/.test(value)

/** `pass: X`, `"client_secret": "X"`, `password => 'X'`, `pwd := X`; quotes may be escaped, as in JSON within JSON. */
const NAMED = /(?<![\w.-])([\w.-]+)\\{0,16}(["']?)[^\S\n]{0,8}(?::=|=>|==|[=:])[^\S\n]{0,8}(?!\/\/)/g

/** What stands behind a secret's name and a colon, an equals sign or an arrow: data, a log, a configuration. */
export const namedValues = (text: string): Span[] =>
  valuesAfter(text, NAMED, found => valueNamed(text, found), isNoPlainWord).map(span => trimmed(text, span))

function valueNamed(text: string, { 1: name = '', 2: quote, index }: RegExpExecArray): RegExp | undefined {
  // Of a URL's parameters the next one is no part.
  if (!isSecretWord(name) || /[?&]/.test(text.charAt(index - 1))) return undefined
  // A quotation mark before a name that has none behind it is the whole's: `'password=X'`.
  const before = quote === '' ? text.charAt(index - 1) : ''
  if (before === '"') return /'[^'"]*'?|\\+"[^"]*"?|[^\s"\\]+/y
  if (before === "'") return /"[^"']*"?|\\+'[^']*'?|[^\s'\\]+/y
  return /"(?:[^"\\]|\\[\s\S])*["\\]?|'(?:[^'\\]|\\[\s\S])*['\\]?|\\+"[^"]*"?|\\+'[^']*'?|[^\s"']+/y
}

/** It says of the secret what it is like. */
const isNoPlainWord = (value: string): boolean =>
  !/^["']?(?:true|false|null|nil|none|undefined|yes|no|not|is|was|ok|SIG[A-Z]+)["']?[,;.)\]}]*$/.test(value)

/** What ends a sentence or a list is none of it. */
function trimmed(text: string, [from, to]: Span): Span {
  let end = to
  while (end > from + 1 && ',;)]}'.includes(text.charAt(end - 1))) end--
  return [from, end]
}

/** `<password>X</password>`. */
const ELEMENT = /<(?:[\w.-]{1,50}:)?([\w.-]{1,50})>/g
const elements = (text: string): Span[] =>
  valuesAfter(text, ELEMENT, ([, name = '']) => (isSecretWord(name) ? /[^<]+/y : undefined))

/** By their own shape: JSON web tokens (RFC 7519), and what big services give out with a prefix that says so. */
const TOKENS =
  /(?<![\w-])(?:eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}|sk_live_\w{10,})/g
const tokens = (text: string): Span[] =>
  [...text.matchAll(TOKENS)].map(({ index, 0: token }) => [index, index + token.length])

const PEM = /-----BEGIN [\s\S]+?(?:-----END [^-]*-----|$)/g
const pemBlocks = (text: string): Span[] =>
  [...text.matchAll(PEM)].map(({ index, 0: block }) => [index, index + block.length])

const HEADER = /\b(authorization|x-api-key|x-auth-token|cookie)["']?\s*[:=]\s*["']?/gi
const BEARER = /\bbearer\s+/gi

/** `Authorization: Bearer ...`, also where only `Bearer ...` is left of it. */
function headerValues(text: string): Span[] {
  const named = valuesAfter(text, HEADER, ([, name = '']) =>
    name.toLowerCase() === 'cookie' ? /[^\n"',}]+/y : /(?:[a-z][\w-]*[^\S\n]+)?[^\s"',;}]+/iy,
  )
  return [...named, ...valuesAfter(text, BEARER, () => /[\w.~+/=-]{6,}/y)]
}
