import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Sealed } from '../../model/event.ts'
import { readTextSync } from '../../text/read-text.ts'

export const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'] as const
export type Scheme = (typeof SCHEMES)[number]

/** How a broker wants to be spoken to, beyond plain MQTT over TCP. The link in between only passes the bytes on. */
export interface Access {
  readonly scheme: Scheme
  /** Of a WebSocket: `/mqtt`. */
  readonly path?: string
  /** Of a WebSocket: host and port as the broker knows itself, for its `Host` header. */
  readonly authority?: string
  /** The name or address that the broker's certificate is for, since clients connect to the link and not to it. */
  readonly servername?: string
  /** Secrets: none is ever recorded, printed or put on a command line. */
  readonly username?: string
  readonly password?: string
  /** PEM files, absolute. `ca` absent: the system's. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** Of the key, where it is encrypted. Secret too. */
  readonly passphrase?: string
  readonly alpn?: readonly string[]
}

/** Of a broker of ours that speaks over WebSockets. Brokers mostly take any path; `/mqtt` is what most are given. */
export const WEBSOCKET: Access = { scheme: 'ws', path: '/mqtt' }

export const isTls = ({ scheme }: Access): boolean => scheme === 'mqtts' || scheme === 'wss'

export const isWebSocket = ({ scheme }: Access): boolean => scheme === 'ws' || scheme === 'wss'

/** What hides the packets from a link that opens these; `undefined` where nothing does. A WebSocket is read like plain MQTT. */
export const sealOf = (access: Access, opened: readonly Sealed[] = []): Sealed | undefined =>
  isTls(access) && !opened.includes('TLS') ? 'TLS' : undefined

/** What TLS sends as the server's name: RFC 6066 §3 knows no addresses there. */
export const sniOf = (name: string | undefined): string | undefined =>
  name === undefined || isIP(name) !== 0 ? undefined : name

const PEM = { encoding: 'latin1' } as const

/**
 * For tls.connect, MQTT.js and ws alike. The certificate is always checked, and against the broker's own name: the address
 * that is dialled may be the link's. Throws where a file can't be read.
 */
export function tlsOptions({ servername, ca, cert, key, passphrase, alpn }: Access): ConnectionOptions {
  const sni = sniOf(servername)
  return {
    rejectUnauthorized: true,
    ...(sni === undefined ? {} : { servername: sni }),
    ...(servername === undefined
      ? {}
      : { checkServerIdentity: (_dialled: string, found: PeerCertificate) => checkServerIdentity(servername, found) }),
    ...(ca === undefined ? {} : { ca: readTextSync(ca, PEM) }),
    ...(cert === undefined ? {} : { cert: readTextSync(cert, PEM) }),
    ...(key === undefined ? {} : { key: readTextSync(key, PEM) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  }
}
