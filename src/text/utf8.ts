/** What is wrong with bytes that should be UTF-8: why, in words that stand behind a file's name, and where, from 1. */
export interface NotUtf8 {
  readonly why: string
  readonly line: number
  readonly column: number
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of these bytes; or where they are no UTF-8, which YAML and JSON have to be. A byte order mark stays. */
export function utf8(bytes: Buffer): string | NotUtf8 {
  if (isUtf16(bytes)) return { why: 'it is UTF-16: save it as UTF-8', line: 1, column: 1 }
  try {
    return strict.decode(bytes)
  } catch {
    return firstWrongByte(bytes)
  }
}

const isUtf16 = (bytes: Buffer): boolean => {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0
  return mark === 0xfffe || mark === 0xfeff
}

const REPLACEMENT = '\ufffd'

function firstWrongByte(bytes: Buffer): NotUtf8 {
  const text = bytes.toString()
  let offset = 0
  let from = 0
  for (;;) {
    const index = text.indexOf(REPLACEMENT, from)
    if (index < 0) return { why: 'it is not UTF-8: save it as UTF-8', line: 1, column: 1 }
    offset += Buffer.byteLength(text.slice(from, index))
    // A U+FFFD that stands in the file is a character as any other.
    if (bytes.toString('hex', offset, offset + 3) !== 'efbfbd') return placed(text.slice(0, index), bytes[offset] ?? 0)
    offset += 3
    from = index + 1
  }
}

function placed(before: string, byte: number): NotUtf8 {
  const hex = byte.toString(16).padStart(2, '0')
  return {
    why: `it is not UTF-8 (byte 0x${hex}): save it as UTF-8`,
    line: before.split('\n').length,
    column: before.length - before.lastIndexOf('\n'),
  }
}
