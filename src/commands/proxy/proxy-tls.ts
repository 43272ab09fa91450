/**
 * A proxy that ends TLS at both of its edges: `cert`, `key`, `isCA` and `verifyUpstream` as Toxiproxy's pull request 270 has them, and
 * what its issues 262 and 472 ask for beside them. Files are PEM, relative to the working directory.
 */
import { z } from 'zod'
import { type Inspected, inspect } from '../../link/kinds/embedded/inspect.ts'
import type { Layer } from '../../link/pipe/ends.ts'
import { tlsLayer } from '../../link/tls/tls-layer.ts'
import { type HostPort, isLoopback } from '../../text/address.ts'
import { messageOf } from '../../text/message-of.ts'
import { badBody, decode, netTrouble } from './body.ts'

/** As the user gives it, and as the API shows it. */
export interface ProxyTls {
  /** What clients are shown; with `isCA` what signs it. Absent: a CA made for this proxy signs it. */
  readonly cert?: string
  readonly key?: string
  readonly isCA?: boolean
  /** Absent: true. */
  readonly verifyUpstream?: boolean
  /** Whom to trust there; absent: the system's CAs. */
  readonly upstreamCA?: string
  /** The certificate that is shown to the upstream where it asks for one. */
  readonly upstreamCert?: string
  readonly upstreamKey?: string
  /** The name that the upstream's certificate is for; absent: the host of `upstream`. */
  readonly upstreamName?: string
  /** Clients have to show a certificate that this CA has signed. */
  readonly clientsCA?: string
  /** Clients speak no TLS, and only the way to the upstream does. */
  readonly plainListener?: boolean
  /** Look into connections to another machine. */
  readonly beyondLoopback?: boolean
}

const file = z.string().min(1, { error: 'it is empty' }).exactOptional()
const flag = z.boolean().exactOptional()
const shape = {
  cert: file,
  key: file,
  isCA: flag,
  verifyUpstream: flag,
  upstreamCA: file,
  upstreamCert: file,
  upstreamKey: file,
  upstreamName: file,
  clientsCA: file,
  plainListener: flag,
  beyondLoopback: flag,
}
export const TLS_KEYS = Object.keys(shape) as (keyof ProxyTls)[]
/** Go reads keys in any case. */
const folded = z.object(Object.fromEntries(Object.entries(shape).map(([key, type]) => [key.toLowerCase(), type])))

/** Throws an ApiError in the words of a bad body. Unknown keys are ignored. */
export function readTls(given: unknown): ProxyTls {
  const values = decode(folded, given, {}, 'tls') as Readonly<Record<string, unknown>>
  const read: ProxyTls = Object.fromEntries(
    TLS_KEYS.flatMap(key => (values[key.toLowerCase()] === undefined ? [] : [[key, values[key.toLowerCase()]]])),
  )
  const [problem] = problemsOf(read)
  if (problem !== undefined) throw badBody(problem)
  return read
}

function problemsOf(tls: ProxyTls): readonly string[] {
  const pair = (one: keyof ProxyTls, other: keyof ProxyTls) =>
    (tls[one] === undefined) === (tls[other] === undefined) ? [] : [`tls: ${one} and ${other} go together`]
  return [
    ...pair('cert', 'key'),
    ...pair('upstreamCert', 'upstreamKey'),
    ...(tls.plainListener === true && (tls.cert ?? tls.clientsCA) !== undefined
      ? ['tls: with plainListener clients are shown no certificate, and show none']
      : []),
    ...(tls.isCA === true && tls.cert === undefined ? ['tls: isCA needs the cert and the key of the CA'] : []),
  ]
}

interface TlsOrder {
  readonly tls: ProxyTls
  readonly upstream: HostPort
  readonly note: (text: string) => void
}

export interface OpenedTls {
  readonly layer: Layer
  /** Whom clients have to trust, PEM; absent: they speak no TLS. */
  readonly ca?: string
}

/** Rejects with an ApiError where a file can't be read or used. */
export async function openTls({ tls, upstream, note }: TlsOrder): Promise<OpenedTls> {
  const { cert, key, isCA = false, upstreamCA, upstreamCert, upstreamKey, clientsCA } = tls
  if (!isLoopback(upstream.host) && tls.beyondLoopback !== true)
    throw netTrouble(
      `tls: the upstream ${upstream.host} is on another machine, and its connections are looked into only with "beyondLoopback": true`,
    )
  const opened: Inspected = await inspect({
    upstream,
    access: {
      scheme: 'mqtts',
      servername: tls.upstreamName ?? upstream.host,
      ...(upstreamCA !== undefined && { ca: upstreamCA }),
      ...(upstreamCert !== undefined && { cert: upstreamCert }),
      ...(upstreamKey !== undefined && { key: upstreamKey }),
    },
    verify: tls.verifyUpstream !== false,
    plainClients: tls.plainListener === true,
    options: {
      tls: 'inspect',
      beyond_loopback: true,
      ...(cert !== undefined && key !== undefined && (isCA ? { ca: cert, ca_key: key } : { cert, key })),
      ...(clientsCA !== undefined && { clients_ca: clientsCA }),
    },
    record: event => {
      if ('note' in event && event.note !== undefined) note(event.note)
    },
  }).catch((error: unknown) => {
    throw netTrouble(messageOf(error).replace(/^tls: inspect: /, 'tls: '))
  })
  const layer = tlsLayer(opened.inspection)
  return tls.plainListener === true ? { layer } : { layer, ca: opened.ca }
}
