/** `device --tls`: what the device is shown, what the broker is shown, and the CA for the device's firmware. */
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { type Inspected, inspect } from '../../link/kinds/embedded/inspect.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { Layer } from '../../link/pipe/ends.ts'
import { tlsLayer } from '../../link/tls/tls-layer.ts'
import type { Access } from '../../peers/reach/access.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { complain } from '../../terminal/say.ts'
import { messageOf } from '../../text/message-of.ts'

export interface DeviceTlsOptions {
  /** The link ends TLS and sees the packets. */
  readonly tls?: boolean
  readonly ca?: string
  readonly caKey?: string
  readonly cert?: string
  readonly key?: string
  readonly clientsCa?: string
  readonly brokerCa?: string
  readonly brokerCert?: string
  readonly brokerKey?: string
  /** Where the CA goes that the device has to trust: .pem, .der or .h. */
  readonly saveCa?: readonly string[]
}

const FORMS: Readonly<Record<string, (certificate: X509Certificate) => string | Buffer>> = {
  '.pem': certificate => certificate.toString(),
  '.der': certificate => certificate.raw,
  '.h': certificate => cArray(certificate),
}
const formOf = (file: string) => Object.entries(FORMS).find(([ending]) => file.endsWith(ending))?.[1]

/** What does not go together, each in a line. */
export function tlsProblems(options: DeviceTlsOptions): readonly string[] {
  const { tls, saveCa = [], ca, caKey, cert, key, clientsCa, brokerCa, brokerCert, brokerKey } = options
  const given = Object.entries({
    '--ca': ca,
    '--ca-key': caKey,
    '--cert': cert,
    '--key': key,
    '--clients-ca': clientsCa,
    '--broker-ca': brokerCa,
    '--broker-cert': brokerCert,
    '--broker-key': brokerKey,
    '--save-ca': saveCa[0],
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  const pair = (one: string, other: string) =>
    given.includes(one) !== given.includes(other) ? [`${one} and ${other} go together`] : []
  return [
    ...(tls === true ? [] : given.map(name => `${name} belongs to --tls`)),
    ...(given.includes('--cert') && !given.includes('--ca-key') ? [] : pair('--ca', '--ca-key')),
    ...pair('--cert', '--key'),
    ...(given.includes('--ca-key') && given.includes('--cert')
      ? ['--ca-key makes certificates: leave out --cert']
      : []),
    ...pair('--broker-cert', '--broker-key'),
    ...saveCa.filter(file => !formOf(file)).map(file => `--save-ca: ${file} must end in .pem, .der or .h`),
  ]
}

interface TlsOrder {
  readonly options: DeviceTlsOptions
  readonly upstream: { readonly address: Address; readonly access: Access; readonly at: string }
  /** Addresses at which the device may come in. */
  readonly hosts: readonly string[]
}

/** Broken handshakes that are told; the ones after these say the same. */
const MOST_NOTES = 10

/** The layer for the link, with its CA saved. It says in one line what it does. */
export async function deviceTls({ options, upstream, hosts }: TlsOrder): Promise<Layer> {
  const { ca, caKey, cert, key, clientsCa, saveCa = [] } = options
  const told = new Set<string>()
  const inspected = await inspect({
    upstream: upstream.address,
    access: upstream.access,
    hosts,
    options: {
      tls: 'inspect',
      // --tls is the word for it.
      beyond_loopback: true,
      ...(ca !== undefined && { ca }),
      ...(caKey !== undefined && { ca_key: caKey }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(clientsCa !== undefined && { clients_ca: clientsCa }),
    },
    record: event => {
      // Of the broker's side its closes tell.
      const note = 'note' in event && event.who !== 'broker' ? event.note : undefined
      if (note === undefined || told.has(note) || told.size >= MOST_NOTES) return
      told.add(note)
      complain(`${note}\n`)
    },
  }).catch((error: unknown) => {
    throw new Complaint(`error: --tls: ${messageOf(error)}`, EXIT.inconclusive)
  })
  await saveAll(inspected, saveCa)
  complain(`TLS ends at this link: it reads what the device and ${upstream.at} say to each other.\n`)
  return tlsLayer(inspected.inspection)
}

async function saveAll({ ca }: Inspected, files: readonly string[]): Promise<void> {
  const certificate = new X509Certificate(ca)
  for (const file of files) {
    const form = formOf(file)
    if (!form) continue
    await writeFile(file, form(certificate)).catch((error: Error) => {
      throw new Complaint(`error: --save-ca: ${error.message}`, EXIT.inconclusive)
    })
  }
  if (files.length === 0)
    complain(`The device has to trust this CA (--save-ca FILE writes it as .pem, .der or .h):\n${ca}`)
}

const BYTES_OF_A_LINE = 12

/** DER for firmware, as `xxd -i` writes it. */
export function cArray({ raw }: X509Certificate): string {
  const bytes = [...raw].map(byte => `0x${byte.toString(16).padStart(2, '0')}`)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_OF_A_LINE)
    lines.push(bytes.slice(at, at + BYTES_OF_A_LINE).join(', '))
  return `/* CA certificate, DER */
static const unsigned char halfopen_ca_der[] = {
  ${lines.join(',\n  ')}
};
static const unsigned int halfopen_ca_der_len = ${raw.length};
`
}
