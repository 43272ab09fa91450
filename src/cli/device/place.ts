import { networkInterfaces } from 'node:os'
import type { HostPort } from '../../text/address.ts'

const WILDCARDS = ['0.0.0.0', '::']

/** Where a device can be pointed: the address, or all addresses of this machine that it stands for. */
export function placesOf({ host, port }: HostPort): readonly string[] {
  if (!WILDCARDS.includes(host)) return [spelled(host, port)]
  const own = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const reachable = own.filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
  const places = reachable.filter(({ scopeid = 0 }) => scopeid === 0).map(({ address }) => spelled(address, port))
  return places.length > 0 ? places : [spelled(host, port)]
}

export const spelled = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

export const isLoopback = (host: string): boolean => /^127\./.test(host) || host === '::1' || host === 'localhost'
