import { createSecureContext } from 'node:tls'
import { z } from 'zod'

const file = z.string().min(1)
const version = z.enum(['1.2', '1.3'])

/** The part of the embedded link's options that is of TLS. Files are PEM. */
export const tlsOptions = {
  tls: z
    .literal('inspect', { error: 'the only word here is inspect: the link ends TLS at both of its edges' })
    .exactOptional()
    .describe('inspect: the link ends TLS at both of its edges and sees the packets; absent: it sees bytes'),
  ca: file.exactOptional().describe('the CA that signs what clients are shown; absent: one is made for the run'),
  ca_key: file.exactOptional().describe("the CA's key"),
  cert: file.exactOptional().describe('the certificate that clients are shown, whatever name they ask for'),
  key: file.exactOptional().describe('its key'),
  clients_ca: file.exactOptional().describe('clients have to show a certificate that this CA has signed'),
  min_version: version
    .exactOptional()
    .describe('the oldest TLS that the link speaks, with clients and with the broker'),
  max_version: version.exactOptional().describe('the newest; absent: the newest that client and broker both speak'),
  ciphers: z
    .string()
    .min(1)
    .exactOptional()
    .describe("the cipher suites that it takes and offers, as OpenSSL names them, with colons; absent: Node's"),
  beyond_loopback: z
    .boolean()
    .exactOptional()
    .describe('inspect a connection to a broker on another machine as well; absent: it is refused'),
}

const schema = z.object(tlsOptions)
export type TlsLinkOptions = z.infer<typeof schema>

const OWN = [
  'ca',
  'ca_key',
  'cert',
  'key',
  'clients_ca',
  'min_version',
  'max_version',
  'ciphers',
  'beyond_loopback',
] as const

/** What does not go together. */
export function contradictionsOf(given: TlsLinkOptions): { readonly path: string; readonly message: string }[] {
  const has = (name: keyof TlsLinkOptions) => given[name] !== undefined
  const idle = has('tls') ? [] : OWN.filter(has)
  const alone = (one: 'ca_key' | 'key' | 'cert', other: 'ca' | 'key' | 'cert') =>
    has(one) && !has(other) ? [{ path: one, message: `"${one}" needs its "${other}"` }] : []
  return [
    ...idle.map(path => ({ path, message: `"${path}" belongs to "tls: inspect"` })),
    ...alone('ca_key', 'ca'),
    ...alone('key', 'cert'),
    ...alone('cert', 'key'),
    ...(has('ca') && !has('ca_key') && !has('cert')
      ? [{ path: 'ca', message: '"ca" needs its "ca_key", or the "cert" and "key" that it has signed' }]
      : []),
    ...(given.min_version === '1.3' && given.max_version === '1.2'
      ? [{ path: 'max_version', message: '"max_version" is older than "min_version"' }]
      : []),
    ...(given.ciphers === undefined || isKnown(given.ciphers)
      ? []
      : [{ path: 'ciphers', message: 'OpenSSL knows none of these cipher suites (openssl ciphers lists them)' }]),
    ...(has('ca_key') && has('cert')
      ? [{ path: 'cert', message: 'a CA that signs ("ca_key") makes certificates: leave out "cert" or "ca_key"' }]
      : []),
  ]
}

function isKnown(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers })
    return true
  } catch {
    return false
  }
}
