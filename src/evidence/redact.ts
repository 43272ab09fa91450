import type { Scenario } from '../model/scenario.ts'

export const BLANK = '***'

/** Options whose value is a secret, wherever they stand: those of `mqtt.connect`, of TLS, of HTTP headers. */
const SECRET_NAMES =
  /^(password|passphrase|username|user|key|cert|ca|pfx|authData|authenticationData|authorization|cookie)$|token|secret|passw|api[-_]?key|private[-_]?key/i

/** `mqtts://user:pass@host`; `?token=...` of a pre-signed URL. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi
const QUERY_SECRET = /([?&][^=&\s#]*(?:token|key|secret|passw|sig|auth|credential)[^=&\s#]*=)[^&\s#"']*/gi

/** `mosquitto_sub -P secret`, `--password secret`, `API_TOKEN=secret ./device`. */
export const COMMAND_SECRET =
  /((?:\s-P|\s--?(?:pw|pass\w*|token|secret)|(?:^|[\s;'"])\w*(?:[Pp]assw|PASSW|[Ss]ecret|SECRET|[Tt]oken|TOKEN)\w*(?==))(?:\s+|=))("[^"]*"|'[^']*'|[^\s'"]+)/g

/** The secrets that stand in a command, without their quotes: a program may print what it was given. */
export const commandSecrets = (command: string): readonly string[] =>
  [...command.matchAll(COMMAND_SECRET)].map(([, , secret = '']) => secret.replace(/^(["'])(.*)\1$/, '$2'))

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

/** Secrets inside a text: a URL's user and password, its tokens; a command's. */
export const redactText = (text: string): string =>
  text.replace(USER_INFO, `$1${BLANK}@`).replace(QUERY_SECRET, `$1${BLANK}`).replace(COMMAND_SECRET, `$1${BLANK}`)
