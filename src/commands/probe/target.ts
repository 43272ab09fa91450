import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import WebSocket, { createWebSocketStream } from 'ws'
import { sniOf } from '../../peers/reach/access.ts'
import { parseBrokerUrl, placeName } from '../../peers/reach/url.ts'

/** Where to, and as whom. Never printed with its password. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Over a WebSocket: its path, and host and port as the server knows itself. */
  readonly web?: { readonly path: string; readonly authority: string }
  readonly username?: string
  readonly password?: string
  /** Accept a certificate that can't be verified. */
  readonly insecure?: boolean
}

/** `mqtt://host`, `mqtts://user:password@host:8884`, `wss://host/mqtt`; a string says what is wrong. */
export function parseTarget(text: string): Target | string {
  const place = parseBrokerUrl(text)
  if (typeof place === 'string') return place
  const { scheme, username, password, path = '/', authority } = place.access
  return {
    ...place.address,
    tls: scheme === 'mqtts' || scheme === 'wss',
    ...(authority === undefined ? {} : { web: { path, authority } }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}

export function targetName({ host, port, tls, web }: Target): string {
  const scheme = web ? (tls ? 'wss' : 'ws') : tls ? 'mqtts' : 'mqtt'
  return placeName({ address: { host, port }, access: { scheme, ...(web ? { path: web.path } : {}) } })
}

/** The layers of one connection, from the bottom. */
export interface Wire {
  /** The TCP connection; only it can be reset and kept alive. */
  readonly tcp: Socket
  readonly tls: TLSSocket | undefined
  /** The handshake of TLS is through. Node names a protocol before that, in the middle of it. */
  isSecure(): boolean
  /** What speaks MQTT: the TCP connection itself, the TLS on it, or the WebSocket on either. */
  readonly stream: Duplex
}

interface WireContext {
  /** MQTT can be sent. */
  opened(): void
  /** A ping or pong of the WebSocket: it breaks a silence, though it is no MQTT. */
  webPing(): void
  /** TCP or TLS failed; what the WebSocket says of it afterwards tells less. */
  failed(error: Error): void
  /** What was answered instead of an upgrade to a WebSocket. */
  refused(words: string): void
}

/** Opens a connection without a word of MQTT. Errors and ends come as the stream's events. */
export function openWire(target: Target, context: WireContext): Wire {
  const { host, port, web, insecure } = target
  const tcp = connectTcp({ host, port })
  tcp.setNoDelay(true)
  const tls = target.tls
    ? connectTls({ socket: tcp, host, servername: sniOf(host) ?? '', rejectUnauthorized: insecure !== true })
    : undefined
  let secure = false
  tls?.once('secureConnect', () => {
    secure = true
  })
  const isSecure = () => secure
  const below = tls ?? tcp
  if (!web) {
    below.once(tls ? 'secureConnect' : 'connect', () => context.opened())
    return { tcp, tls, isSecure, stream: below }
  }
  // TLS is ours already, so that the WebSocket on it is a plain one. MQTT 3.1.1 and 5.0 §6: the subprotocol is mqtt.
  const socket = new WebSocket(`ws://${web.authority}${web.path}`, 'mqtt', {
    createConnection: () => below,
    perMessageDeflate: false,
  })
  socket.on('unexpected-response', (_, response) => {
    context.refused(
      `it answers HTTP ${response.statusCode} ${response.statusMessage ?? ''}`.trimEnd().slice(0, MOST_WORDS) +
        ' instead of opening a WebSocket',
    )
    below.destroy()
  })
  socket.on('ping', () => context.webPing())
  socket.on('pong', () => context.webPing())
  socket.once('open', () => context.opened())
  const stream = createWebSocketStream(socket)
  // A reset below comes to the WebSocket as a mere close.
  below.on('error', error => {
    context.failed(error)
    stream.destroy(error)
  })
  return { tcp, tls, isSecure, stream }
}

/** Of what a web server says. */
const MOST_WORDS = 80

/** `TLSv1.3, TLS_AES_256_GCM_SHA384, certificate of broker.example by Example CA`. */
export function tlsWords(tls: TLSSocket | undefined): string | undefined {
  if (!tls) return undefined
  const { subject, issuer } = tls.getPeerCertificate()
  const name = [subject?.CN].flat()[0]
  const by = [issuer?.O ?? issuer?.CN].flat()[0]
  const certificate = name === undefined ? [] : [`certificate of ${name}${by === undefined ? '' : ` by ${by}`}`]
  return [tls.getProtocol() ?? 'TLS', tls.getCipher()?.standardName, ...certificate].filter(Boolean).join(', ')
}
