import type { Duplex } from 'node:stream'
import type { SecureContext, SecureVersion, TLSSocket } from 'node:tls'
import type { Side } from '../../model/flow.ts'
import type { CERTIFICATE_FLAWS } from '../../model/schema.ts'
import type { ClientHello } from './client-hello.ts'

/** What the two sessions of every connection need. */
export interface Inspection {
  /** For the client's session: certificate and key for the name that it asks for. */
  contextFor(hello: ClientHello, agreed: Agreed): Promise<SecureContext>
  /** Certificates of clients are asked for, and have to be signed by this, PEM; absent: none is asked for. */
  readonly clientsCa?: string
  /** Clients speak no TLS, and only the link's way to the broker does; absent: each does as it says first. */
  readonly plainClients?: boolean
  /** The link's own session with the broker, as this client would have it. */
  dial(wire: Duplex, hello: ClientHello): TLSSocket
  /** A session has begun, on either side; absent: nobody wants its keys. */
  logKeys?(session: TLSSocket): void
  /** Something to know of a connection, in words without a secret. `own`: the link itself can't do what it is to do. */
  note(side: Side, text: string, own: boolean): void
}

/** What is wrong with the certificate that the client is shown. */
export type LeafFlaw = (typeof CERTIFICATE_FLAWS)[number]

/** What the client is to be answered. */
export interface Agreed {
  readonly version: SecureVersion
  /** As the broker chose; absent: none. */
  readonly alpn?: string
  /** The broker went on with a session of before; absent: it began a new one. */
  readonly resumed?: true
  /** Absent: nothing is wrong with it. */
  readonly leaf?: LeafFlaw
}

/** What the two legs of a connection tell each other through the pipeline. */
export type TlsStep =
  | { readonly is: 'hello'; readonly hello: ClientHello }
  | ({ readonly is: 'agreed' } & Agreed)
  | { readonly is: 'close-notify' }
