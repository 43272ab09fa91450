import type { IClientOptions } from 'mqtt'
import type { Address } from '../../../link/kinds/link.ts'
import { type Access, isTls, isWebSocket, type Scheme, tlsOptions } from '../../reach/access.ts'

type Named = Readonly<Record<string, unknown>>

export interface Reach extends Omit<IClientOptions, 'host' | 'port' | 'protocol'> {
  readonly host: string
  readonly port: number
  readonly protocol: Scheme
}

/**
 * MQTT.js' options for getting there: address, TLS, WebSocket, user and password; `given` are a scenario's own for the WebSocket.
 * Throws where a PEM file can't be read.
 */
export function reach({ host, port }: Address, access: Access = { scheme: 'mqtt' }, given: Named = {}): Reach {
  const { scheme, username, password } = access
  return {
    host,
    port,
    protocol: scheme,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls(access) ? (tlsOptions(access) as object) : {}),
    ...(isWebSocket(access) ? webSocket(host, access, given) : {}),
  }
}

/** MQTT.js takes the URL's host from `hostname`, and hands on only part of what TLS needs: not the name to check. */
function webSocket(host: string, access: Access, given: Named) {
  const { path = '/', authority } = access
  const headers = { ...(authority === undefined ? {} : { Host: authority }), ...Object(given.headers) }
  return {
    hostname: host.includes(':') ? `[${host}]` : host,
    path,
    wsOptions: { ...given, ...(isTls(access) ? tlsOptions(access) : {}), headers } as NonNullable<
      IClientOptions['wsOptions']
    >,
  }
}
