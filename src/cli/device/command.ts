import { DEFAULTS } from './defaults.ts'
import type { DeviceOptions } from './options.ts'

/** What to type to test the device in the same way again. Options that only say what to write are left out. */
export function commandOf(options: DeviceOptions, listen: string): string {
  const { broker, clientId, giveUp, connack, back, refuse, attempts, backoffTime, payload, messages } = options
  const given: readonly (readonly [option: string, value: string | undefined, byDefault?: string])[] = [
    ['--listen', listen],
    ['--broker', broker, DEFAULTS.broker],
    ['--client-id', clientId],
    ['--give-up', giveUp, DEFAULTS.giveUp],
    ['--connack', connack, DEFAULTS.connack],
    ['--back', back, DEFAULTS.back],
    ['--refuse', refuse, DEFAULTS.refuse],
    ['--attempts', String(attempts), String(DEFAULTS.attempts)],
    ['--backoff-time', backoffTime, DEFAULTS.backoffTime],
    ['--payload', payload, DEFAULTS.payload],
  ]
  const words = given.flatMap(([option, value, byDefault]) =>
    value === undefined || value === byDefault ? [] : [option, quoted(value)],
  )
  return ['halfopen device', ...words, ...(messages === false ? ['--no-messages'] : [])].join(' ')
}

/** For a POSIX shell. */
const quoted = (text: string): string => (/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
