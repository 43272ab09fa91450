/** TLS for a broker that halfopen starts: certificates made for it, in a folder of its own that is gone with it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { newAuthority } from '../../../certificates/authority.ts'
import { type Access, WEBSOCKET } from '../../reach/access.ts'

export const tls = z
  .union([z.boolean(), z.strictObject({ client_certificates: z.boolean() })])
  .exactOptional()
  .describe('it speaks TLS, with certificates made for the run; client_certificates: clients have to show theirs too')

export type TlsChoice = z.infer<typeof tls> | undefined

export interface BrokerTls {
  /** What clients need. */
  readonly access: Access
  /** PEM files of the broker's own. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly asksForCertificates: boolean
}

export const NAME = 'localhost'
const PRIVATE = { mode: 0o600 } as const

export const asksForTls = (choice: TlsChoice): boolean => choice !== undefined && choice !== false

const asksClients = (choice: TlsChoice): boolean => typeof choice === 'object' && choice.client_certificates

/** What can be told of the access before anything is started. */
export const tlsAccess = (choice: TlsChoice, webSocket = false): Access | undefined =>
  accessTo(asksForTls(choice) ? { access: { scheme: 'mqtts', servername: NAME } } : undefined, webSocket).access

/** What clients need besides the address, over TLS, over a WebSocket, or over both. */
export function accessTo(tls: Pick<BrokerTls, 'access'> | undefined, webSocket = false): { readonly access?: Access } {
  if (!webSocket) return tls ? { access: tls.access } : {}
  return { access: tls ? { ...tls.access, ...WEBSOCKET, scheme: 'wss' } : WEBSOCKET }
}

/** Programs of any language read keys from files only: they lie in `folder`, which is its owner's alone. */
export async function brokerTls(choice: TlsChoice, folder: string): Promise<BrokerTls | undefined> {
  if (!asksForTls(choice)) return undefined
  const authority = await newAuthority("halfopen CA of one run's broker")
  const file = (name: string) => join(folder, name)
  const put = (name: string, text: string) => writeFile(file(name), text, PRIVATE)
  const server = await authority.certify({ names: [NAME, '127.0.0.1', '::1'], use: 'server' })
  await Promise.all([put('ca.pem', authority.ca), put('broker.pem', server.cert), put('broker.key', server.key)])
  const asksForCertificates = asksClients(choice)
  if (asksForCertificates) {
    const client = await authority.certify({ names: ['halfopen-client'], use: 'client' })
    await Promise.all([put('client.pem', client.cert), put('client.key', client.key)])
  }
  return {
    ca: file('ca.pem'),
    cert: file('broker.pem'),
    key: file('broker.key'),
    asksForCertificates,
    access: {
      scheme: 'mqtts',
      servername: NAME,
      ca: file('ca.pem'),
      ...(asksForCertificates && { cert: file('client.pem'), key: file('client.key') }),
    },
  }
}
