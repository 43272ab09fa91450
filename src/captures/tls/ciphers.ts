import { createDecipheriv, createHmac } from 'node:crypto'
import type { Suite } from './suites.ts'

/** One record as it came: its content type, and what stands behind its header of five bytes. */
export interface SealedRecord {
  readonly type: number
  readonly body: Buffer
}

/** What a record holds once it is opened. */
export interface Opened {
  readonly type: number
  readonly plain: Buffer
}

/** Opens the records of one direction in their order; `undefined` where a record was not sealed by this key. */
export interface RecordOpener {
  open(record: SealedRecord): Opened | undefined
}

/** RFC 8446 §7.1 HKDF-Expand-Label with an empty context. */
export function expandLabel(hash: Suite['hash'], secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1')
  const info = Buffer.concat([Buffer.from([length >> 8, length & 255, name.length]), name, Buffer.from([0])])
  return hkdfExpand(hash, secret, info, length)
}

/** RFC 5869 §2.3. Node's hkdf extracts as well, which a secret of TLS 1.3 has behind it. */
function hkdfExpand(hash: Suite['hash'], secret: Buffer, info: Buffer, length: number): Buffer {
  let [block, all] = [Buffer.alloc(0), Buffer.alloc(0)]
  for (let i = 1; all.length < length; i++) {
    block = createHmac(hash, secret)
      .update(Buffer.concat([block, info, Buffer.from([i])]))
      .digest()
    all = Buffer.concat([all, block])
  }
  return all.subarray(0, length)
}

/** RFC 5246 §5: the PRF of TLS 1.2. */
function prf(hash: Suite['hash'], secret: Buffer, seed: Buffer, length: number): Buffer {
  let [a, all] = [seed, Buffer.alloc(0)]
  while (all.length < length) {
    a = createHmac(hash, secret).update(a).digest()
    all = Buffer.concat([
      all,
      createHmac(hash, secret)
        .update(Buffer.concat([a, seed]))
        .digest(),
    ])
  }
  return all.subarray(0, length)
}

/** AES-GCM, AES-CCM and ChaCha20-Poly1305, with the tag behind the text. `undefined`: the tag does not fit. */
function aead(suite: Suite, key: Buffer, nonce: Buffer, sealed: Buffer, aad: Buffer): Buffer | undefined {
  const plainBytes = sealed.length - suite.tagBytes
  if (plainBytes < 0) return undefined
  const name =
    suite.mode === 'chacha' ? 'chacha20-poly1305' : `aes-${suite.keyBytes * 8}-${suite.mode === 'ccm' ? 'ccm' : 'gcm'}`
  try {
    const decipher = createDecipheriv(name as 'aes-128-ccm', key, nonce, { authTagLength: suite.tagBytes })
    decipher.setAuthTag(sealed.subarray(plainBytes))
    decipher.setAAD(aad, { plaintextLength: plainBytes })
    const plain = decipher.update(sealed.subarray(0, plainBytes))
    decipher.final()
    return plain
  } catch {
    return undefined
  }
}

/** The nonce of TLS 1.3 (RFC 8446 §5.3), and of ChaCha20 in TLS 1.2 (RFC 7905 §2): the IV and the record's number. */
function numbered(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv)
  const [high, low] = [Math.floor(sequence / 2 ** 32), sequence >>> 0]
  nonce.writeUInt32BE((nonce.readUInt32BE(4) ^ high) >>> 0, 4)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ low) >>> 0, 8)
  return nonce
}

const UPDATE = 24

/** One traffic secret of TLS 1.3, and those that follow it by KeyUpdate. */
export class Opener13 implements RecordOpener {
  readonly #suite: Suite
  #secret: Buffer
  #key: Buffer
  #iv: Buffer
  #sequence = 0

  constructor(suite: Suite, secret: Buffer) {
    this.#suite = suite
    this.#secret = secret
    ;[this.#key, this.#iv] = this.#derived()
  }

  #derived(): readonly [Buffer, Buffer] {
    const { hash, keyBytes } = this.#suite
    return [expandLabel(hash, this.#secret, 'key', keyBytes), expandLabel(hash, this.#secret, 'iv', 12)]
  }

  open({ type, body }: SealedRecord): Opened | undefined {
    const header = Buffer.from([type, 3, 3, body.length >> 8, body.length & 255])
    const inner = aead(this.#suite, this.#key, numbered(this.#iv, this.#sequence), body, header)
    if (!inner) return undefined
    this.#sequence++
    // RFC 8446 §5.2: the content, its type, and zeros.
    let end = inner.length - 1
    while (end >= 0 && inner[end] === 0) end--
    const opened = { type: inner[end] ?? 0, plain: inner.subarray(0, Math.max(0, end)) }
    if (opened.type === 22 && opened.plain[0] === UPDATE) this.#update()
    return opened
  }

  /** RFC 8446 §7.2. */
  #update(): void {
    const { hash } = this.#suite
    this.#secret = expandLabel(hash, this.#secret, 'traffic upd', hash === 'sha384' ? 48 : 32)
    ;[this.#key, this.#iv] = this.#derived()
    this.#sequence = 0
  }
}

/** What both directions of a TLS 1.2 connection are made of. */
export interface Secrets12 {
  readonly suite: Suite
  readonly master: Buffer
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
  /** RFC 7366. */
  readonly encryptThenMac: boolean
}

/** TLS 1.2, from ChangeCipherSpec on. */
export class Opener12 implements RecordOpener {
  readonly #suite: Suite
  readonly #key: Buffer
  readonly #iv: Buffer
  readonly #encryptThenMac: boolean
  #sequence = 0

  constructor({ suite, master, clientRandom, serverRandom, encryptThenMac }: Secrets12, isClient: boolean) {
    const { mode, keyBytes, hash, tagBytes } = suite
    const macBytes = mode === 'cbc' ? tagBytes : 0
    const ivBytes = mode === 'chacha' ? 12 : mode === 'cbc' ? 0 : 4
    const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom])
    const block = prf(hash, master, seed, 2 * (macBytes + keyBytes + ivBytes))
    const at = (from: number, bytes: number) => block.subarray(from + (isClient ? 0 : bytes)).subarray(0, bytes)
    this.#suite = suite
    this.#key = at(2 * macBytes, keyBytes)
    this.#iv = at(2 * (macBytes + keyBytes), ivBytes)
    this.#encryptThenMac = encryptThenMac
  }

  open({ type, body }: SealedRecord): Opened | undefined {
    const plain = this.#suite.mode === 'cbc' ? this.#cbc(body) : this.#aead(type, body)
    if (!plain) return undefined
    this.#sequence++
    return { type, plain }
  }

  /** RFC 5288 §3, RFC 6655 §3: eight bytes of nonce stand before; RFC 7905: none. */
  #aead(type: number, body: Buffer): Buffer | undefined {
    const { mode, tagBytes } = this.#suite
    const explicit = mode === 'chacha' ? 0 : 8
    const plainBytes = body.length - explicit - tagBytes
    if (plainBytes < 0) return undefined
    const nonce =
      mode === 'chacha' ? numbered(this.#iv, this.#sequence) : Buffer.concat([this.#iv, body.subarray(0, 8)])
    const aad = Buffer.alloc(13)
    aad.writeBigUInt64BE(BigInt(this.#sequence), 0)
    aad.set([type, 3, 3, plainBytes >> 8, plainBytes & 255], 8)
    return aead(this.#suite, this.#key, nonce, body.subarray(explicit), aad)
  }

  /** RFC 5246 §6.2.3.2. The MAC is not checked: nothing is done with what was read but to show it. */
  #cbc(body: Buffer): Buffer | undefined {
    const { keyBytes, tagBytes } = this.#suite
    const sealed = body.subarray(16, this.#encryptThenMac ? body.length - tagBytes : body.length)
    if (sealed.length === 0 || sealed.length % 16 !== 0) return undefined
    const decipher = createDecipheriv(`aes-${keyBytes * 8}-cbc`, this.#key, body.subarray(0, 16)).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(sealed), decipher.final()])
    const padding = padded.at(-1) ?? 0
    const end = padded.length - 1 - padding - (this.#encryptThenMac ? 0 : tagBytes)
    const fits = end >= 0 && padded.subarray(padded.length - 1 - padding).every(byte => byte === padding)
    return fits ? padded.subarray(0, end) : undefined
  }
}
