/** What `tls: inspect` makes of the link's options: certificates for its clients, and its own way to the broker. */
import { appendFileSync, writeFileSync } from 'node:fs'
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls'
import {
  type Authority,
  authorityFrom,
  type CertificateOrder,
  type CertifiedKey,
  newAuthority,
} from '../../../certificates/authority.ts'
import type { Record } from '../../../clock/kit.ts'
import { type Access, isTls, sniOf, tlsOptions } from '../../../peers/reach/access.ts'
import { isLoopback } from '../../../text/address.ts'
import { readText } from '../../../text/read-text.ts'
import type { ClientHello } from '../../tls/client-hello.ts'
import type { Inspection, LeafFlaw } from '../../tls/inspection.ts'
import type { Address } from '../link.ts'
import type { TlsLinkOptions } from './inspect-options.ts'

export interface InspectOrder {
  readonly options: TlsLinkOptions
  readonly upstream: Address
  readonly access: Access
  readonly record: Record
  /** Further names and addresses that clients come in by, without naming any themselves. */
  readonly hosts?: readonly string[]
  /** Whether the broker's certificate is checked; absent: it is. */
  readonly verify?: boolean
  /** Clients speak no TLS. */
  readonly plainClients?: boolean
  /** The file for the keys of all sessions; absent: they are kept nowhere. */
  readonly keys?: string | undefined
}

export interface Inspected {
  readonly inspection: Inspection
  /** Whom clients have to trust, PEM. */
  readonly ca: string
}

/** Throws where a file can't be read or used, and where nobody allowed it to look into a connection that leaves this machine. */
export async function inspect(order: InspectOrder): Promise<Inspected> {
  const { options, upstream, access, record, hosts = [], verify = true, plainClients, keys } = order
  if (!isTls(access))
    throw new Error(`tls: inspect: the broker speaks ${access.scheme}, and there is no TLS to inspect`)
  if (!isLoopback(upstream.host) && options.beyond_loopback !== true)
    throw new Error(
      `tls: inspect: the broker ${upstream.host} is on another machine, and the link looks into no such connection unless it is told to: beyond_loopback: true`,
    )
  const names = [...new Set([access.servername ?? upstream.host, '127.0.0.1', '::1', 'localhost', ...hosts])]
  const [certificates, clientsCa] = await Promise.all([
    certificatesOf(options, names),
    options.clients_ca === undefined ? undefined : textOf('clients_ca', options.clients_ca),
  ])
  const towardsBroker = { ...tlsOptions(access), rejectUnauthorized: verify }
  const contextFor = contextsOf(certificates, clientsCa, options)
  const dial = resuming()
  // What most will ask for is there before anybody waits for it.
  const usual = [undefined, sniOf(access.servername)].map(servername => ({
    ...USUAL,
    ...(servername && { servername }),
  }))
  await Promise.all(usual.map(hello => contextFor(hello, { version: 'TLSv1.3' })))
  return {
    ca: certificates.trusted,
    inspection: {
      contextFor,
      ...(clientsCa === undefined ? {} : { clientsCa }),
      ...(plainClients === undefined ? {} : { plainClients }),
      ...(keys === undefined ? {} : { logKeys: keyLog(keys, record) }),
      dial: (wire, hello) => dial({ ...towardsBroker, ...likeClient(hello, access, options), socket: wire }, hello),
      note: (side, text, own) =>
        own
          ? record({ who: 'harness', what: 'trouble', note: `the link's own TLS: ${text}` })
          : record({ who: side, what: 'log', note: text }),
    },
  }
}

/** A line for each secret of each session, in a file that only its owner reads. What can't be written is told once. */
function keyLog(file: string, record: Record): (session: TLSSocket) => void {
  let isWritable = true
  const write = (act: () => void) => {
    try {
      if (isWritable) act()
    } catch (error) {
      isWritable = false
      record({ who: 'harness', what: 'trouble', note: `keys of TLS can't be written: ${(error as Error).message}` })
    }
  }
  write(() => writeFileSync(file, '', { mode: 0o600 }))
  return session => void session.on('keylog', line => write(() => appendFileSync(file, line)))
}

const USUAL: ClientHello = { alpn: [], newest: 0x0304, takesEc: true }

const VERSIONS: { readonly [version: number]: SecureVersion } = { 769: 'TLSv1', 770: 'TLSv1.1', 771: 'TLSv1.2' }

const NUMBERS: { readonly [version: string]: number } = { '1.2': 0x0303, '1.3': 0x0304 }

/** The broker is asked for no newer version and for no other protocols than the client asks for. */
function likeClient({ newest, alpn }: ClientHello, access: Access, options: TlsLinkOptions): ConnectionOptions {
  const floor = NUMBERS[options.min_version ?? '']
  const most = Math.min(newest, NUMBERS[options.max_version ?? ''] ?? newest)
  // With a client that is too old the broker agrees to more than it speaks, and the client is refused: RFC 8446 §6.2, protocol_version.
  const maxVersion = VERSIONS[Math.max(most, floor ?? most)]
  const minVersion = floor === 0x0304 ? 'TLSv1.3' : most < 0x0303 && floor === undefined ? maxVersion : undefined
  return {
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    ...(access.alpn === undefined && alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  }
}

interface Certificates {
  readonly trusted: string
  shown(hello: Asked, leaf: LeafFlaw | undefined): Promise<CertifiedKey>
}

type Asked = Pick<ClientHello, 'servername' | 'takesEc'>

const textOf = async (what: string, file: string): Promise<string> =>
  readText(file, { encoding: 'latin1' }).catch((error: Error) => {
    throw new Error(`tls: inspect: ${what}: ${file}: ${error.message}`)
  })

const OWN_CA = 'halfopen CA of one run, in memory'

/** `names`: for a client that asks for none. */
async function certificatesOf(options: TlsLinkOptions, names: readonly string[]): Promise<Certificates> {
  const { ca, ca_key, cert, key } = options
  const given = ca === undefined ? undefined : await textOf('ca', ca)
  if (cert !== undefined && key !== undefined) {
    const own = { cert: await textOf('cert', cert), key: await textOf('key', key) }
    return { trusted: given ?? own.cert, shown: async () => own }
  }
  const authority =
    given === undefined || ca_key === undefined
      ? await newAuthority(OWN_CA)
      : await authorityFrom({ cert: given, key: await textOf('ca_key', ca_key) }).catch((error: Error) => {
          throw new Error(`tls: inspect: ca: ${error.message}`)
        })
  return {
    trusted: authority.ca,
    shown: ({ servername, takesEc }, leaf) =>
      signed(
        authority,
        { names: servername === undefined ? names : [servername], keyType: takesEc ? 'ec' : 'rsa' },
        leaf,
      ),
  }
}

async function signed(
  authority: Authority,
  order: Pick<CertificateOrder, 'names' | 'keyType'>,
  leaf: LeafFlaw | undefined,
): Promise<CertifiedKey> {
  const issuer = leaf === 'unknown-ca' ? await newAuthority('halfopen CA that nobody trusts') : authority
  return issuer.certify({
    ...order,
    use: 'server',
    ...(leaf === 'wrong-name' && { names: ['wrong-name.invalid'] }),
    ...(leaf === 'expired' && { fromDay: -30, untilDay: -1 }),
    ...(leaf === 'not-yet-valid' && { fromDay: 1, untilDay: 30 }),
  })
}

/** A client may ask for ever new names: so many are kept. */
const MOST_NAMES = 200

function forgetOldest(kept: Map<string, unknown>): void {
  if (kept.size >= MOST_NAMES) kept.delete(kept.keys().next().value ?? '')
}

/** The broker is offered a session of before where the client offers one. Sessions stay in memory. */
function resuming(): (options: ConnectionOptions, hello: ClientHello) => TLSSocket {
  const sessions = new Map<string, Buffer>()
  return (options, { servername, alpn, newest, resumes }) => {
    const key = JSON.stringify([servername, alpn, newest])
    const session = resumes && sessions.get(key)
    const socket = connect({ ...options, ...(session && { session }) })
    return socket.on('session', fresh => {
      forgetOldest(sessions)
      sessions.set(key, fresh)
    })
  }
}

/** Each is made once. Where the broker did not go on with a session, no client does: another context knows none of their tickets. */
function contextsOf(
  { shown }: Certificates,
  clientsCa: string | undefined,
  { ciphers }: TlsLinkOptions,
): Inspection['contextFor'] {
  // Of suites for RSA alone a certificate of P-256 fits none.
  const isForEc = ciphers === undefined || /ECDSA|TLS_|^!|^[A-Z]+$/.test(ciphers)
  const known = new Map<string, Promise<SecureContext>>()
  return (hello, { version, leaf, resumed }) => {
    const key = JSON.stringify([leaf, version, hello.servername, hello.takesEc])
    const made = known.get(key)
    if (made && (!hello.resumes || resumed)) return made
    forgetOldest(known)
    const making = shown({ ...hello, takesEc: hello.takesEc && isForEc }, leaf).then(own =>
      createSecureContext({
        ...own,
        // Without one OpenSSL ends a client that goes on with a session, where certificates of clients are asked for.
        sessionIdContext: 'halfopen',
        minVersion: version,
        maxVersion: version,
        ...(ciphers === undefined ? {} : { ciphers }),
        ...(clientsCa === undefined ? {} : { ca: clientsCa }),
      }),
    )
    known.set(key, making)
    making.catch(() => known.delete(key))
    return making
  }
}
