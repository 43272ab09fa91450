/**
 * Secrets of TLS connections, as programs write them where SSLKEYLOGFILE says (RFC 9850, formerly draft-ietf-tls-keylogfile): a
 * line of `LABEL client_random secret`, all in hexadecimal. They are looked up and never told.
 */
export const KEY_LABELS = [
  'CLIENT_RANDOM',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const
export type Label = (typeof KEY_LABELS)[number]

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
