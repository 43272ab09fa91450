/**
 * Where secrets stand in a text that halfopen did not write: a URL, a command, a header, a peer's own words.
 *
 * Every pattern here is linear: it starts at a sign that its own run can't contain, and reads on from where the last one
 * ended. So a megabyte of `?token` or of letters costs as much as a megabyte of anything (test/regexes.test.ts holds it).
 * An open quotation mark goes on to the end of the text: a secret that was cut in two is still a secret.
 */

/** From the first character up to the one behind the last. */
export type Span = readonly [from: number, to: number]

/** All of them, in order, none in another. */
export const secretSpans = (text: string): readonly Span[] =>
  inOrder([...userInfo(text), ...queryValues(text), ...commandValues(text), ...headerValues(text)])

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

/** `mqtts://user:pass@host`: all up to the last `@` of the authority (RFC 3986 §3.2). */
function userInfo(text: string): Span[] {
  return [...text.matchAll(/[a-z0-9+.-]:\/\/([^\s/?#]*)@/gi)].map(({ index, 0: whole, 1: info = '' }) => {
    const to = index + whole.length - 1
    return [to - info.length, to]
  })
}

const QUERY_NAME = /[?&]([^=&?\s#]*)=/g
const QUERY_SECRET = /token|key|secret|passw|sig|auth|credential/i

/** `?token=...` of a pre-signed URL. */
const queryValues = (text: string): Span[] =>
  valuesAfter(text, QUERY_NAME, ([, name = '']) => (QUERY_SECRET.test(name) ? /[^&\s#"']+/y : undefined))

/** `-P`, `--password`, `-Dmqtt.password`. */
const OPTION = /(?<=^|[\s'"])-{1,2}([\w.-]+)(?:\s+|=)/g
const OPTION_SECRET =
  /^(?:P|pw|key|user|username|auth|bearer)$|pass|secret|token|credential|(?:api|access|private)[-_]?key/i
/** `API_TOKEN=secret ./device`, `password=secret`. */
const VARIABLE = /(?<=^|[\s;'"])(\w+)=/g
const VARIABLE_SECRET = /passw|passphrase|secret|token|credential|(?:api|access|private)_?key|^auth$|_auth$/i

const word = () => /"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s'"]+/y

/** In a command: the values of options and variables that are secret by their names, and `-u user:password`. */
export function commandValues(text: string): Span[] {
  const named = valuesAfter(text, OPTION, ([, name = '']) => (isSecretOption(name) ? word() : undefined), isNoOption)
  const pairs = valuesAfter(text, OPTION, ([, name]) => (name === 'u' ? word() : undefined), isUserAndPassword)
  const variables = valuesAfter(text, VARIABLE, ([, name = '']) => (VARIABLE_SECRET.test(name) ? word() : undefined))
  return [...named, ...pairs, ...variables]
}

/** `-p` is a port for most programs, so that the case of a single letter counts. */
const isSecretOption = (name: string): boolean => name !== 'p' && OPTION_SECRET.test(name)

/** The option had no value after all. */
const isNoOption = (value: string): boolean => !/^--[a-z]/.test(value)

/** `-u` alone is a user, a URL, or Python's way to write unbuffered. */
const isUserAndPassword = (value: string): boolean => /^["']?[^:/]+:(?!\/\/)/.test(value)

const HEADER = /\b(authorization|x-api-key|x-auth-token|cookie)["']?\s*[:=]\s*["']?/gi
const BEARER = /\bbearer\s+/gi

/** `Authorization: Bearer ...`, also where only `Bearer ...` is left of it. */
function headerValues(text: string): Span[] {
  const named = valuesAfter(text, HEADER, ([, name = '']) =>
    name.toLowerCase() === 'cookie'
      ? /[^\n"',}]+/y
      : /(?:(?:bearer|basic|digest|token|apikey|negotiate)\s+)?[^\s"',;}]+/iy,
  )
  return [...named, ...valuesAfter(text, BEARER, () => /[\w.~+/=-]{6,}/y)]
}
