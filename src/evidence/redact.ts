import type { Scenario } from '../model/scenario.ts'
import { commandValues, inOrder, replaceSpans, secretSpans } from './secret-spans.ts'

export const BLANK = '***'

/** Options whose value is a secret, wherever they stand: those of `mqtt.connect`, of TLS, of HTTP headers. */
const SECRET_NAMES =
  /^(password|passphrase|username|user|key|cert|ca|pfx|authData|authenticationData|authorization|cookie)$|token|secret|passw|api[-_]?key|private[-_]?key/i

/** Whether what stands under this name is nobody's business. */
export const isSecretName = (name: string): boolean => SECRET_NAMES.test(name) || name === 'payload'

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
  if (Array.isArray(value)) return value.map(each => redactValue('', each))
  return typeof value === 'object' ? redact({ ...value }) : value
}

/** The text without the secrets that show by what stands around them: a URL's, a command's, a header's. */
export const redactText = (text: string): string => replaceSpans(text, secretSpans(text), () => BLANK)

/** The secrets that stand in a command, without their quotes: a program may print what it was given. */
export const commandSecrets = (command: string): readonly string[] =>
  inOrder(commandValues(command))
    .map(([from, to]) => unquoted(command.slice(from, to)))
    .flatMap(secret => [secret, ...passwordIn(secret)])

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
