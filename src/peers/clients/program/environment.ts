import which from 'which'
import type { MachineDate } from '../../../clock/real.ts'
import type { Availability } from '../../../model/plugin.ts'
import type { Command } from '../../recipes/recipe.ts'
import type { ClientContext } from '../client.ts'

/** What the shell must stay for. */
const SEVERAL = /[;&|()\n]|^\s*(exec|cd|if|for|while|\w+=)/

/** A single program takes the shell's place, so that a signal to the one is a signal to the other. */
export const shellCommand = (text: string): Command => ['sh', '-c', SEVERAL.test(text) ? text : `exec ${text}`]

/** The program that the text begins with, `sh` aside; `undefined` where it begins with something else (`A=1 python3 ...`). */
export const programOf = (text: string): string | undefined => /^\s*(?:exec\s+)?([\w./+-]+)(?=\s|$)/.exec(text)?.[1]

export async function commandAvailable(text: string): Promise<Availability> {
  const program = programOf(text)
  if (program === undefined || program.includes('/') || (await which(program, { nothrow: true }))) return true
  return { reason: `the client is the command ${program}, which is not on the PATH` }
}

/** The file that the text's program is; `undefined` where that can't be told before it runs. */
export async function executableOf(text: string): Promise<string | undefined> {
  const program = programOf(text)
  return program === undefined ? undefined : ((await which(program, { nothrow: true })) ?? undefined)
}

/** A line of what a program says is evidence, but not all that it may have to say. */
const NOTE_CHARACTERS = 300
const LINES_KEPT = 200

export const shortened = (line: string): string => line.slice(0, NOTE_CHARACTERS)

/** Records line after line, up to a bound; empty ones are none. */
export function logTo(
  { record, dateOf }: Pick<ClientContext, 'record' | 'dateOf'>,
  redact: (text: string) => string,
): (line: string, seen?: MachineDate) => void {
  let kept = 0
  return (line, seen) => {
    if (line.trim() === '' || kept++ >= LINES_KEPT) return
    record({ who: 'client', what: 'log', note: shortened(redact(line)), ...(seen && dateOf?.(seen)) })
  }
}

/**
 * What a program under test is told, by the names of docs/drivers.md; the rest of the environment is ours. What does not
 * apply is unset, whatever the environment of halfopen itself says. Secrets go this way only: other users see a command line.
 */
export function environmentOf(context: ClientContext, reconnect?: boolean): NodeJS.ProcessEnv {
  const { address, will, subscribe } = context
  return {
    ...process.env,
    HALFOPEN_HOST: address.host,
    HALFOPEN_PORT: String(address.port),
    HALFOPEN_KEEPALIVE: String(context.keepaliveS),
    HALFOPEN_CLIENTID: context.clientId,
    HALFOPEN_PROTOCOL: String(context.protocol),
    HALFOPEN_WILL_TOPIC: will.topic,
    HALFOPEN_WILL_PAYLOAD: will.payload.toString(),
    HALFOPEN_WILL_QOS: String(will.qos),
    HALFOPEN_WILL_RETAIN: will.retain ? '1' : undefined,
    HALFOPEN_WILL_DELAY: will.delayS === undefined ? undefined : String(will.delayS),
    HALFOPEN_SUBSCRIBE: subscribe?.topic,
    HALFOPEN_SUBSCRIBE_QOS: subscribe && String(subscribe.qos),
    HALFOPEN_RECONNECT: reconnect === undefined ? undefined : reconnect ? '1' : '0',
    ...accessVariables(context),
  }
}

const accessVariables = ({ access }: ClientContext): NodeJS.ProcessEnv => ({
  HALFOPEN_SCHEME: access?.scheme ?? 'mqtt',
  HALFOPEN_PATH: access?.path,
  HALFOPEN_SERVERNAME: access?.servername,
  HALFOPEN_CA: access?.ca,
  // Node adds it to its own; OpenSSL, Go and Rust's native roots read it instead of theirs.
  ...(access?.ca !== undefined && { NODE_EXTRA_CA_CERTS: access.ca, SSL_CERT_FILE: access.ca }),
  HALFOPEN_CERT: access?.cert,
  HALFOPEN_KEY: access?.key,
  HALFOPEN_ALPN: access?.alpn?.join(','),
  HALFOPEN_USERNAME: access?.username,
  HALFOPEN_PASSWORD: access?.password,
})

export { redactor } from '../../../evidence/redact.ts'
