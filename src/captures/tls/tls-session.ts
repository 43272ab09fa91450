import type { Flow } from '../../model/flow.ts'
import { Opener12, Opener13, type RecordOpener, type SealedRecord } from './ciphers.ts'
import { RecordSplitter } from './records.ts'
import { type Suite, suiteOf } from './suites.ts'

/** What TLS carries: text that a key opened, or the length of a record of application data that none did. */
type TlsPiece = { readonly plain: Buffer } | { readonly recordBytes: number }

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const VERSION_13 = 0x0304
/** RFC 8446 §4.1.3: the random of a ServerHello that is a HelloRetryRequest. */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

interface ServerHello {
  readonly random: Buffer
  readonly suite: Suite | undefined
  readonly is13: boolean
  readonly encryptThenMac: boolean
}

/**
 * Both directions of one TLS connection. Where the key log has its secrets, and its cipher suite is known, records are opened;
 * else their lengths are told. Which of its keys a record of TLS 1.3 was sealed with shows by its tag, so that the handshake
 * itself is not followed.
 */
export class TlsSession {
  readonly #keys: TlsKeys | undefined
  readonly #splitter: Record<Flow, RecordSplitter>
  readonly #openers: Record<Flow, RecordOpener[]> = { up: [], down: [] }
  #clientRandom: Buffer | undefined
  #server: ServerHello | undefined
  #secrets: ReadonlyMap<Label, Buffer> | undefined
  #opened = false
  #lost: string | undefined

  constructor(keys: TlsKeys | undefined) {
    this.#keys = keys
    const collects = keys !== undefined
    this.#splitter = { up: new RecordSplitter(collects), down: new RecordSplitter(collects) }
  }

  /** Whether its records could be opened. */
  get opened(): boolean {
    return this.#opened
  }

  /** Why nothing can be read any more. */
  get lost(): string | undefined {
    return this.#lost ?? this.#splitter.up.lost ?? this.#splitter.down.lost
  }

  gap(): void {
    this.#lost ??= 'bytes are missing within TLS'
  }

  push(flow: Flow, bytes: Buffer): readonly TlsPiece[] {
    if (this.lost !== undefined) return []
    return this.#splitter[flow].push(bytes).flatMap(({ type, bodyBytes, body }) => {
      if (!body) return type === APPLICATION_DATA ? [{ recordBytes: bodyBytes }] : []
      return this.#record(flow, { type, body })
    })
  }

  #record(flow: Flow, record: SealedRecord): readonly TlsPiece[] {
    const { type, body } = record
    if (this.#openers[flow].length > 0 && type !== CHANGE_CIPHER_SPEC) return this.#open(flow, record)
    if (type === HANDSHAKE) this.#hello(flow, body)
    if (type === CHANGE_CIPHER_SPEC && this.#server?.is13 === false) this.#begin12(flow)
    return type === APPLICATION_DATA ? [{ recordBytes: body.length }] : []
  }

  #open(flow: Flow, record: SealedRecord): readonly TlsPiece[] {
    // An alert of TLS 1.3 may be sent in the clear before there are keys.
    if (this.#server?.is13 && record.type !== APPLICATION_DATA) return []
    const openers = this.#openers[flow]
    for (const [at, opener] of openers.entries()) {
      const opened = opener.open(record)
      if (!opened) continue
      openers.splice(0, at)
      if (opened.type !== APPLICATION_DATA) return []
      this.#opened = true
      return opened.plain.length > 0 ? [{ plain: opened.plain }] : []
    }
    // 0-RTT data of TLS 1.3 has a key of its own; what follows it can be opened again.
    if (!this.#server?.is13 || this.#opened) this.#lost = 'a TLS record that no key of the key log opens'
    return []
  }

  #hello(flow: Flow, body: Buffer): void {
    if (flow === 'up' && body[0] === CLIENT_HELLO && body.length >= 38) {
      this.#clientRandom = Buffer.from(body.subarray(6, 38))
      this.#secrets = this.#keys?.of(this.#clientRandom)
    }
    if (flow !== 'down' || body[0] !== SERVER_HELLO) return
    const hello = serverHello(body)
    if (!hello || hello.random.toString('hex') === RETRY) return
    this.#server = hello
    if (hello.is13) this.#begin13(hello)
  }

  #begin13({ suite }: ServerHello): void {
    if (suite?.version !== 13) return
    const openers = (...labels: readonly Label[]) =>
      labels.flatMap(label => {
        const secret = this.#secrets?.get(label)
        return secret ? [new Opener13(suite, secret)] : []
      })
    this.#openers.up = openers('CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'CLIENT_TRAFFIC_SECRET_0')
    this.#openers.down = openers('SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0')
  }

  #begin12(flow: Flow): void {
    const master = this.#secrets?.get('CLIENT_RANDOM')
    const { suite, random, encryptThenMac = false } = this.#server ?? {}
    if (!master || suite?.version !== 12 || !random || !this.#clientRandom) return
    const secrets = { suite, master, clientRandom: this.#clientRandom, serverRandom: random, encryptThenMac }
    this.#openers[flow] = [new Opener12(secrets, flow === 'up')]
  }
}

/** RFC 8446 §4.1.3, RFC 5246 §7.4.1.3; `undefined`: it is not whole. */
function serverHello(body: Buffer): ServerHello | undefined {
  const idBytes = body[38]
  if (idBytes === undefined || body.length < 42 + idBytes) return undefined
  const random = Buffer.from(body.subarray(6, 38))
  const suite = suiteOf(body.readUInt16BE(39 + idBytes))
  let [is13, encryptThenMac] = [false, false]
  const end = body.length < 44 + idBytes ? 0 : Math.min(body.length, 44 + idBytes + body.readUInt16BE(42 + idBytes))
  for (let at = 44 + idBytes; at + 4 <= end; at += 4 + body.readUInt16BE(at + 2)) {
    const extension = body.readUInt16BE(at)
    if (extension === 43 && at + 6 <= end) is13 = body.readUInt16BE(at + 4) === VERSION_13
    if (extension === 22) encryptThenMac = true
  }
  return { random, suite, is13, encryptThenMac }
}

/**
 * Secrets of TLS connections, as programs write them where SSLKEYLOGFILE says (RFC 9850, formerly draft-ietf-tls-keylogfile): a
 * line of `LABEL client_random secret`, all in hexadecimal. They are looked up and never told.
 */
const KEY_LABELS = [
  'CLIENT_RANDOM',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const
type Label = (typeof KEY_LABELS)[number]

const LINE = /^([A-Z_0-9]{1,40}) ([0-9a-f]{64}) ((?:[0-9a-f]{2}){16,96})$/i
/** A record of a connection is some hundreds of bytes: this is more than any capture needs. */
const MOST_CONNECTIONS = 200_000

export class TlsKeys {
  /** By the client's random, in hexadecimal. */
  readonly #secrets = new Map<string, Map<Label, Buffer>>()

  /** Of so many connections. */
  get count(): number {
    return this.#secrets.size
  }

  /** Takes the text of a key log; what is no line of one is passed over. How many lines were. */
  add(text: string): number {
    let taken = 0
    for (const line of text.split(/\r?\n/)) {
      const [, label, random = '', secret = ''] = LINE.exec(line) ?? []
      if (!KEY_LABELS.some(each => each === label)) continue
      this.#put(label as Label, random.toLowerCase(), Buffer.from(secret, 'hex'))
      taken++
    }
    return taken
  }

  #put(label: Label, random: string, secret: Buffer): void {
    const known = this.#secrets.get(random)
    if (known) known.set(label, secret)
    else if (this.#secrets.size < MOST_CONNECTIONS) this.#secrets.set(random, new Map([[label, secret]]))
  }

  of(random: Buffer): ReadonlyMap<Label, Buffer> | undefined {
    return this.#secrets.get(random.toString('hex'))
  }
}
