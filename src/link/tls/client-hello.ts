/**
 * What a TLS ClientHello asks for: RFC 8446 §4.1.2, RFC 5246 §7.4.1.2. It is read so that the broker can be asked the same before the
 * client is answered.
 */

export interface ClientHello {
  /** Server name, RFC 6066 §3; absent where it names none. */
  readonly servername?: string
  /** RFC 7301; empty where it offers none. */
  readonly alpn: readonly string[]
  /** The newest version that it takes: 0x0304 is TLS 1.3. */
  readonly newest: number
  /** It takes a certificate of P-256; else it has to be one of RSA. */
  readonly takesEc: boolean
  /** It has a session of before, and asks to go on with it: RFC 8446 §4.2.11, RFC 5077 §3.2; absent: not. */
  readonly resumes?: true
}

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16
const SIGNATURE_ALGORITHMS = 13
const SESSION_TICKET = 35
const PRE_SHARED_KEY = 41
const SUPPORTED_VERSIONS = 43
const ECDSA_P256_SHA256 = 0x0403
/** IANA's registry of cipher suites: those of TLS 1.3 fit any key, and these of TLS 1.2 are ECDHE_ECDSA. */
const isForEc = (suite: number): boolean =>
  suite >> 8 === 0x13 ||
  [0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9].includes(suite)
const TLS_1_2 = 0x0303
/** GREASE, RFC 8701: values of the form 0x?A?A mean nothing. */
const isGrease = (version: number): boolean => (version & 0x0f0f) === 0x0a0a
/** One that is longer is none: with post-quantum key shares they have 2 kB. */
const MOST_BYTES = 64 * 1024
/** One that is spread wider is none: what comes is read anew with each of its bytes. */
const MOST_RECORDS = 64

/** `more`: it is not complete yet. `none`: these bytes begin no ClientHello. */
export function readClientHello(bytes: Buffer): ClientHello | 'more' | 'none' {
  const message = handshakeMessage(bytes)
  if (typeof message === 'string') return message
  try {
    return helloIn(new Cursor(message))
  } catch {
    return 'none'
  }
}

/** The first handshake message, which may be spread over several records: RFC 8446 §5.1. */
function handshakeMessage(bytes: Buffer): Buffer | 'more' | 'none' {
  const bodies: Buffer[] = []
  let have = 0
  for (let at = 0; bodies.length < MOST_RECORDS; ) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return 'none'
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return 'none'
    if (bytes.length < at + 5) return 'more'
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0) return 'none'
    const body = bytes.subarray(at + 5, at + 5 + length)
    if (have === 0 && body.length > 0 && body[0] !== CLIENT_HELLO) return 'none'
    bodies.push(body)
    have += body.length
    const all = Buffer.concat(bodies)
    const whole = all.length < 4 ? Infinity : 4 + all.readUIntBE(1, 3)
    if (Number.isFinite(whole) && whole > MOST_BYTES) return 'none'
    if (all.length >= whole) return all.subarray(4, whole)
    if (body.length < length) return 'more'
    at += 5 + length
  }
  return 'none'
}

/** Throws where it ends too soon. */
class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(bytes: number): number {
    const value = this.#bytes.readUIntBE(this.#at, bytes)
    this.#at += bytes
    return value
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('it ends too soon')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** A vector whose length stands before it, in so many bytes. */
  vector(lengthBytes: number): Cursor {
    return new Cursor(this.take(this.number(lengthBytes)))
  }

  /** All that is left, in numbers of two bytes. */
  numbers(): number[] {
    const found: number[] = []
    while (!this.isAtEnd) found.push(this.number(2))
    return found
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at)
  }
}

function helloIn(message: Cursor): ClientHello {
  const legacy = message.number(2)
  message.take(32)
  message.vector(1)
  const suites = message.vector(2).numbers()
  message.vector(1)
  const found: { -readonly [K in keyof ClientHello]: ClientHello[K] } = {
    alpn: [],
    newest: Math.min(legacy, TLS_1_2),
    takesEc: false,
  }
  if (message.isAtEnd) return found
  const extensions = message.vector(2)
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const body = extensions.vector(2)
    if (type === SERVER_NAME) Object.assign(found, serverName(body))
    else if (type === ALPN) found.alpn = protocols(body)
    else if (type === SUPPORTED_VERSIONS) found.newest = newestOf(body)
    else if (type === PRE_SHARED_KEY || (type === SESSION_TICKET && !body.isAtEnd)) found.resumes = true
    else if (type === SIGNATURE_ALGORITHMS)
      found.takesEc = suites.some(isForEc) && body.vector(2).numbers().includes(ECDSA_P256_SHA256)
  }
  return found
}

function serverName(body: Cursor): Pick<ClientHello, 'servername'> {
  const list = body.vector(2)
  if (list.isAtEnd || list.number(1) !== 0) return {}
  return { servername: list.vector(2).rest().toString('latin1').toLowerCase() }
}

function protocols(body: Cursor): string[] {
  const list = body.vector(2)
  const found: string[] = []
  while (!list.isAtEnd) found.push(list.vector(1).rest().toString('latin1'))
  return found
}

function newestOf(body: Cursor): number {
  return Math.max(
    ...body
      .vector(1)
      .numbers()
      .filter(version => !isGrease(version)),
  )
}
