import { parseBrokerUrl, placeName } from '../peers/reach/url.ts'

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
