import type { Address } from '../../link/kinds/link.ts'
import { type Access, SCHEMES, type Scheme } from './access.ts'

/** Where a broker is, and how it wants to be spoken to. */
export interface PeerPlace {
  readonly address: Address
  readonly access: Access
}

const PORTS: Readonly<Record<Scheme, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 }
/** Other spellings of the same. */
const ALIASES: Readonly<Record<string, Scheme>> = { tcp: 'mqtt', ssl: 'mqtts', tls: 'mqtts' }

/** `mqtt://host`, `mqtts://user:password@host:8884`, `wss://host/mqtt`; a string says what is wrong, and no secret is in it. */
export function parseBrokerUrl(text: string): PeerPlace | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const scheme = url && schemeOf(url.protocol.slice(0, -1))
  if (!url || !scheme || url.hostname === '') return 'it must be like mqtt://host, mqtts://host:8883 or wss://host/mqtt'
  const isWeb = scheme === 'ws' || scheme === 'wss'
  const path = `${url.pathname}${url.search}`
  if (!isWeb && path.length > 1) return 'only ws:// and wss:// have a path after the host and its port'
  if (url.hash !== '') return 'nothing comes after a #'
  const username = decoded(url.username)
  const password = decoded(url.password)
  if (username === undefined || password === undefined) return 'a % in user or password is written %25'
  // An address of IPv6 stands in brackets there, and without them everywhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? PORTS[scheme] : Number(url.port)
  return {
    address: { host, port },
    access: {
      scheme,
      ...(scheme === 'mqtts' || scheme === 'wss' ? { servername: host } : {}),
      ...(isWeb ? { path, authority: `${url.hostname}:${port}` } : {}),
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
    },
  }
}

/** Of a URL in words: without user, password and query. */
export function placeName({ address: { host, port }, access: { scheme, path } }: PeerPlace): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${scheme}://${name}:${port}${(path?.split('?')[0] ?? '').replace(/^\/$/, '')}`
}

const schemeOf = (word: string): Scheme | undefined => SCHEMES.find(scheme => scheme === word) ?? ALIASES[word]

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
