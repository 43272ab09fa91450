import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import { readTextSync } from '../../text/read-text.ts'
import { type Access, sniOf } from './access.ts'

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
