import { InvalidArgumentError } from 'commander'

export interface Shard {
  readonly index: number
  readonly of: number
}

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

export function shardOf(text: string): Shard {
  const match = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text)
  const index = Number(match?.[1])
  const of = Number(match?.[2])
  if (!match || index > of) throw new InvalidArgumentError('It must be like 2/5: the second of five parts.')
  return { index, of }
}
