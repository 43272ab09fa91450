/** draft-ietf-opsawg-pcapng: the blocks of a file that is written, in little-endian order, with dates in microseconds. */

const [SECTION, INTERFACE, ENHANCED_PACKET, DECRYPTION_SECRETS] = [0x0a0d0d0a, 1, 6, 10]
const MAGIC = 0x1a2b3c4d
/** LINKTYPE_IPV4: https://www.tcpdump.org/linktypes.html */
const IPV4 = 228

/** Codes of options: of any block, of a section, of an interface. */
const COMMENT = 1
const [SHB_APPLICATION, IF_NAME, IF_DESCRIPTION] = [4, 2, 3] as const

type Option = readonly [code: number, text: string]

export const sectionBlock = (application: string, comment: string): Buffer => {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(MAGIC, 0)
  body.writeUInt16LE(1, 4)
  // The section's length is not known before it is written.
  body.writeBigInt64LE(-1n, 8)
  return block(SECTION, body, [
    [COMMENT, comment],
    [SHB_APPLICATION, application],
  ])
}

export const interfaceBlock = (name: string, description: string): Buffer => {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(IPV4, 0)
  return block(INTERFACE, body, [
    [IF_NAME, name],
    [IF_DESCRIPTION, description],
  ])
}

/** §4.7 of the draft: the secrets are a TLS key log. */
const TLS_KEY_LOG = 0x544c534b

/** Before the packets that they open. `lines`: a key log, as SSLKEYLOGFILE has it. */
export function secretsBlock(lines: string): Buffer {
  const text = Buffer.from(lines, 'latin1')
  const head = Buffer.alloc(8)
  head.writeUInt32LE(TLS_KEY_LOG, 0)
  head.writeUInt32LE(text.length, 4)
  return block(DECRYPTION_SECRETS, Buffer.concat([head, padded(text)]), [])
}

/** `edge`: the interface's number, in the order of their blocks. */
export function packetBlock(edge: number, atMs: number, bytes: Buffer, comments: readonly string[]): Buffer {
  const us = BigInt(Math.round(atMs * 1000))
  const head = Buffer.alloc(20)
  head.writeUInt32LE(edge, 0)
  head.writeUInt32LE(Number(us >> 32n), 4)
  head.writeUInt32LE(Number(us & 0xffffffffn), 8)
  head.writeUInt32LE(bytes.length, 12)
  head.writeUInt32LE(bytes.length, 16)
  const options: Option[] = comments.map(text => [COMMENT, text])
  return block(ENHANCED_PACKET, Buffer.concat([head, padded(bytes)]), options)
}

function block(type: number, body: Buffer, options: readonly Option[]): Buffer {
  const told = options.map(([code, text]) => option(code, text))
  const end = told.length > 0 ? [Buffer.alloc(4)] : []
  const content = Buffer.concat([body, ...told, ...end])
  const [before, after] = [Buffer.alloc(8), Buffer.alloc(4)]
  before.writeUInt32LE(type, 0)
  before.writeUInt32LE(content.length + 12, 4)
  after.writeUInt32LE(content.length + 12, 0)
  return Buffer.concat([before, content, after])
}

/** Its length is told in 16 bits. */
const MOST_OF_OPTION = 4096

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text.slice(0, MOST_OF_OPTION))
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
