import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type HostPort, splitAddress } from '../../text/address.ts'
import { netTrouble } from './body.ts'

function asNetTrouble(text: string): HostPort {
  try {
    return splitAddress(text)
  } catch (error) {
    throw netTrouble((error as Error).message)
  }
}

/** Where `text` would listen. Without a host: at `defaultHost`, and without anything: on a free port there. */
export async function resolveListen(text: string, defaultHost: string): Promise<HostPort> {
  const { host, port } = text === '' ? { host: '', port: 0 } : asNetTrouble(text)
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
export function upstreamOf(text: string): HostPort {
  try {
    return splitAddress(text)
  } catch {
    return { host: text, port: 0 }
  }
}
