import type { Flow } from '../../model/flow.ts'

/** What a message of ours says of itself, so that it is known again at the other end, in whatever order it arrives. */
export interface Numbered {
  readonly flow: Flow
  /** From 1. */
  readonly seq: number
}

const SHAPE = /^halfopen (up|down) ([1-9]\d*)(?: \.*)?$/

/** `halfopen up 17`, padded with dots to `bytes` where that is longer. */
export function encodePayload({ flow, seq }: Numbered, bytes = 0): Buffer {
  const text = `halfopen ${flow} ${seq}`
  return Buffer.from(bytes > text.length ? `${text} `.padEnd(bytes, '.') : text)
}

/** `undefined` where the payload is none of ours. */
export function decodePayload(payload: Uint8Array): Numbered | undefined {
  const [, flow, seq] = SHAPE.exec(Buffer.from(payload).toString('latin1')) ?? []
  return flow === 'up' || flow === 'down' ? { flow, seq: Number(seq) } : undefined
}
