/** Where and when something was seen. */
export interface At {
  /** Milliseconds since 1970-01-01 UTC, with fractions. */
  readonly atMs: number
  /** Of the frame, from 1, as Wireshark counts. */
  readonly number: number
}

/** One frame of a capture, as its file has it. */
export interface Frame extends At {
  /** LINKTYPE_ of tcpdump.org/linktypes.html. */
  readonly linkType: number
  /** What was captured of it: a view, valid until the next chunk is pushed. */
  readonly bytes: Buffer
  /** How long it was on the wire. */
  readonly wireBytes: number
}

export type FrameSink = (frame: Frame) => void

/** Takes the text of a TLS key log that lies in the capture itself. */
export type SecretsSink = (text: string) => void

/** Why a file is no capture, or no more of one from here on. */
export class CaptureError extends Error {}

/** Larger than any frame (jumbo frames, TSO of 64 KiB, 256 KiB of snaplen) and any block with secrets in it. */
export const MOST_BLOCK_BYTES = 16 * 2 ** 20
