import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { netTrouble } from './body.ts'

/** A place to listen at, or to dial. */
export interface ProxyEndpoint {
  readonly host: string
  readonly port: number
}

const BRACKETED = /^\[([^\]]*)\]:([^:]*)$/
const PLAIN = /^([^:]*):([^:]*)$/

/** `host:port` with IPv6 in brackets; the error's words are those of Go's net package. */
export function splitAddress(text: string): ProxyEndpoint {
  const match = BRACKETED.exec(text) ?? PLAIN.exec(text)
  if (!match) throw netTrouble(`address ${text}: ${text.includes(':') ? 'too many colons' : 'missing port'} in address`)
  const [, host = '', port = ''] = match
  if (port !== '' && !/^\d+$/.test(port)) throw netTrouble(`lookup tcp/${port}: unknown port`)
  if (Number(port) > 65535) throw netTrouble(`address ${port}: invalid port`)
  return { host, port: Number(port) }
}

export const joinAddress = ({ host, port }: ProxyEndpoint): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Where `text` would listen. Without a host: at `defaultHost`, and without anything: on a free port there. */
export async function resolveListen(text: string, defaultHost: string): Promise<ProxyEndpoint> {
  const { host, port } = text === '' ? { host: '', port: 0 } : splitAddress(text)
  return { host: host === '' ? defaultHost : await resolveHost(host), port }
}

async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    // Go prefers IPv4 for a name that has both.
    return (await lookup(host, { order: 'ipv4first' })).address
  } catch {
    throw netTrouble(`lookup ${host}: no such host`)
  }
}

/** Where to dial. What can't be an address is dialled all the same, and refused then, as Toxiproxy does it. */
export function upstreamOf(text: string): ProxyEndpoint {
  try {
    return splitAddress(text)
  } catch {
    return { host: text, port: 0 }
  }
}
