import { isIP } from 'node:net'

/** A place to listen at, or to dial. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

const BRACKETED = /^\[([^\]]*)\]:([^:]*)$/
const PLAIN = /^([^:]*):([^:]*)$/

/** `host:port` with IPv6 in brackets. Throws, in the words of Go's net package, which Toxiproxy passes on. */
export function splitAddress(text: string): HostPort {
  const match = BRACKETED.exec(text) ?? PLAIN.exec(text)
  if (!match) throw new Error(`address ${text}: ${text.includes(':') ? 'too many colons' : 'missing port'} in address`)
  const [, host = '', port = ''] = match
  if (port !== '' && !/^\d+$/.test(port)) throw new Error(`lookup tcp/${port}: unknown port`)
  if (Number(port) > 65535) throw new Error(`address ${port}: invalid port`)
  return { host, port: Number(port) }
}

export const joinAddress = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Nothing that is sent there leaves this machine. */
export const isLoopback = (host: string): boolean =>
  (isIP(host) === 4 && host.startsWith('127.')) || host === '::1' || host === 'localhost'
