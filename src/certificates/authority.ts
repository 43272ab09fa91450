/** Certificates for one run: an authority, and what it signs. Keys stay in memory; who wants them on a disk writes them there. */
import { createPrivateKey, createPublicKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Extension } from '@peculiar/x509'

/** A certificate, with those that stand above it and are no root, and its key, as PEM. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

export type KeyType = 'ec' | 'rsa'

export interface CertificateOrder {
  /** Names and addresses that it is for; the first is its common name too. */
  readonly names: readonly string[]
  readonly use: 'server' | 'client'
  /** Absent: P-256. */
  readonly keyType?: KeyType
  /** In days from now; absent: from a day ago to a year from now. */
  readonly fromDay?: number
  readonly untilDay?: number
}

export interface Authority {
  /** Its own certificate, PEM. */
  readonly ca: string
  certify(order: CertificateOrder): Promise<CertifiedKey>
}

/** A signing authority as its user gives it, PEM. */
export type AuthorityFiles = CertifiedKey

type Algorithm = EcdsaParams & EcKeyImportParams & RsaHashedImportParams
type EcdsaParams = webcrypto.EcdsaParams
type EcKeyImportParams = webcrypto.EcKeyImportParams
type RsaHashedImportParams = webcrypto.RsaHashedImportParams

const { subtle } = webcrypto
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** A clock that is a little behind takes it too. */
const FROM_DAY = -1
const UNTIL_DAY = 365

/** Loaded where it is needed only: it is large. It asks for the polyfill itself. */
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

function dayFromNow(days: number): Date {
  const date = new Date()
  date.setUTCDate(date.getUTCDate() + days)
  return date
}

/** Positive, and of 16 bytes: RFC 5280 §4.1.2.2. */
const serial = (): string => `01${randomBytes(15).toString('hex')}`

/** A new one. `name`: as users see it in what their tools say. */
export async function newAuthority(name: string): Promise<Authority> {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectKeyIdentifierExtension, ...x509 } =
    await library()
  const keys = await subtle.generateKey(EC, true, ['sign', 'verify'])
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: EC,
    notBefore: dayFromNow(FROM_DAY),
    notAfter: dayFromNow(UNTIL_DAY),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const ca = `${own.toString('pem')}\n`
  return { ca, certify: order => certify(order, ca, keys.privateKey, EC) }
}

/** The user's own. Throws, with no part of the key in its words, where it can't sign. */
export async function authorityFrom({ cert, key }: AuthorityFiles, passphrase?: string): Promise<Authority> {
  const own = new X509Certificate(cert)
  if (!own.ca) throw new Error('the certificate is not one of a CA')
  const privateKey = createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  if (!own.checkPrivateKey(privateKey)) throw new Error('the key does not fit the certificate')
  const { asymmetricKeyType, asymmetricKeyDetails } = privateKey
  const namedCurve = CURVES[asymmetricKeyDetails?.namedCurve ?? '']
  const algorithm = asymmetricKeyType === 'rsa' ? RSA : namedCurve === undefined ? undefined : { ...EC, namedCurve }
  if (!algorithm) throw new Error('only keys of RSA and of P-256, P-384 and P-521 can sign here')
  const der = privateKey.export({ type: 'pkcs8', format: 'der' })
  const signing = await subtle.importKey('pkcs8', der, algorithm as Algorithm, false, ['sign'])
  return { ca: cert, certify: order => certify(order, cert, signing, algorithm as Algorithm) }
}

async function certify(
  { names, use, keyType = 'ec', fromDay = FROM_DAY, untilDay = UNTIL_DAY }: CertificateOrder,
  ca: string,
  signingKey: webcrypto.CryptoKey,
  signingAlgorithm: Algorithm | typeof EC,
): Promise<CertifiedKey> {
  const x509 = await library()
  const keys = await (keyType === 'ec'
    ? subtle.generateKey(EC, true, ['sign', 'verify'])
    : subtle.generateKey(RSA, true, ['sign', 'verify']))
  const authority = new x509.X509Certificate(ca)
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(false),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
    new x509.ExtendedKeyUsageExtension([use === 'server' ? serverAuth : clientAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map(value => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
    ),
    await x509.AuthorityKeyIdentifierExtension.create(await publicKeyOf(ca)),
  ]
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [(names[0] ?? 'halfopen').slice(0, MOST_COMMON_NAME)] }],
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    notBefore: dayFromNow(fromDay),
    notAfter: dayFromNow(untilDay),
    extensions,
  })
  const key = createPrivateKey({
    key: Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  })
  return { cert: `${made.toString('pem')}\n`, key: String(key.export({ type: 'pkcs8', format: 'pem' })) }
}

/** RFC 5280, appendix A.1: ub-common-name. */
const MOST_COMMON_NAME = 64

/** For the identifier only, which is the same for keys of any kind. */
async function publicKeyOf(ca: string): Promise<webcrypto.CryptoKey> {
  const key = createPublicKey(ca)
  const isRsa = key.asymmetricKeyType === 'rsa'
  const namedCurve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? EC.namedCurve
  const der = key.export({ type: 'spki', format: 'der' })
  return subtle.importKey('spki', der, (isRsa ? RSA : { ...EC, namedCurve }) as Algorithm, true, ['verify'])
}
