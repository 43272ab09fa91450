import { InvalidArgumentError } from 'commander'
import { DURATION_EXAMPLES, parseDuration } from '../model/duration.ts'
import { type HostPort, splitAddress } from '../text/address.ts'
import { Complaint, EXIT } from './exit.ts'
import { type Shard, shardIn } from './shard.ts'

/** For an option that may be given more than once. */
export const collect = (text: string, texts: readonly string[] = []): string[] => [...texts, text]

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0.')
  return Number(text)
}

export function seedNumber(text: string): number {
  const seed = Number(text)
  if (!/^\d+$/.test(text) || seed > 0xffff_ffff)
    throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295.')
  return seed
}

/** `2/5`, or `auto`: as the scheduler of this job tells. */
export function shardOf(text: string): Shard {
  const shard = shardIn(text, process.env)
  if (typeof shard === 'string') throw new InvalidArgumentError(shard)
  return shard
}

/** The same as it was written, checked while the command line is read. */
export function lengthOfTime(text: string): string {
  const length = parseDuration(text)
  if (length?.k === 0 && length.ms > 0) return text
  throw new InvalidArgumentError(`${noTime(text, WITHOUT_K)}.`)
}

/** A length of time on the command line, where no K is known. Complains where it is none, or not longer than nothing. */
export function milliseconds(option: string, text: string): number {
  const length = parseDuration(text)
  if (length?.k !== 0 || length.ms <= 0) throw new Complaint(`error: ${option}: ${noTime(text, WITHOUT_K)}`, EXIT.usage)
  return length.ms
}

const WITHOUT_K = DURATION_EXAMPLES.split(', ').slice(0, 3).join(', ')

/** Why a text is no length of time. */
export function noTime(text: string, examples: string): string {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text))
    return Number(text) === 0
      ? `${text.trim()} is no length of time; write it like ${examples}`
      : `${text.trim()} has no unit: write ${text.trim()}s`
  const length = parseDuration(text)
  if (length && length.k !== 0) return `'${text}' counts in K, which means nothing here; write it like ${examples}`
  if (length) return `'${text}' has to be longer than nothing; write it like ${examples}`
  return `'${text}' is not a duration; write it like ${examples}`
}

/** Two bytes of whole seconds: MQTT 3.1.1 §3.1.2.10, 5.0 §3.1.2.10. */
export function keepaliveSeconds(option: string, text: string): number {
  const ms = /^0+m?s?$/.test(text.trim()) ? 0 : milliseconds(option, text)
  if (ms % 1000 !== 0 || ms > 65_535_000)
    throw new Complaint(`error: ${option}: MQTT counts the keep-alive in whole seconds, from 0s to 65535s`, EXIT.usage)
  return ms / 1000
}

const LOOPBACK = '127.0.0.1'

/** `8474`, `:8474`, `127.0.0.1:8474`, `[::1]:8474`. Without a host: loopback only. */
export const listenAddress = (text: string): HostPort => addressLike(text, 8474)

/** The same for MQTT. */
export const mqttListenAddress = (text: string): HostPort => addressLike(text, 1883)

function addressLike(text: string, examplePort: number): HostPort {
  try {
    const { host, port } = splitAddress(/^\d+$/.test(text) ? `:${text}` : text)
    return { host: host || LOOPBACK, port }
  } catch {
    throw new InvalidArgumentError(`It must be like 127.0.0.1:${examplePort}.`)
  }
}
