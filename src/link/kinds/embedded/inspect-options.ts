import { z } from 'zod'

const file = z.string().min(1)

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
  beyond_loopback: z
    .boolean()
    .exactOptional()
    .describe('inspect a connection to a broker on another machine as well; absent: it is refused'),
}

const schema = z.object(tlsOptions)
export type TlsLinkOptions = z.infer<typeof schema>

const OWN = ['ca', 'ca_key', 'cert', 'key', 'clients_ca', 'beyond_loopback'] as const

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
    ...(has('ca_key') && has('cert')
      ? [{ path: 'cert', message: 'a CA that signs ("ca_key") makes certificates: leave out "cert" or "ca_key"' }]
      : []),
  ]
}
