import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { readText } from '../../../text/read-text.ts'
import { type Access, isTls } from '../../reach/access.ts'
import { type PeerPlace, parseBrokerUrl } from '../../reach/url.ts'
import type { ExternalOptions } from './options.ts'

/** What may be said beside a URL. A file that is no absolute path is relative to the working directory. */
export interface Beside {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  readonly alpn?: readonly string[] | undefined
  readonly servername?: string | undefined
}

/** Throws where an environment variable is not set, or what it holds makes no URL; it does not say what it holds. */
export function placeOf(options: ExternalOptions, env: NodeJS.ProcessEnv = process.env): PeerPlace {
  const { url, url_env, alpn } = options
  const from = (option: Variable) => variable(env, option, options[option])
  const text = url ?? from('url_env')
  if (text === undefined) throw new Error('it has no URL')
  const place = parseBrokerUrl(text)
  if (typeof place === 'string')
    throw new Error(`${url_env === undefined ? 'its url' : 'what url_env names'} holds no URL of a broker: ${place}`)
  return withMore(place, {
    ...options,
    username: options.username ?? from('username_env'),
    password: options.password ?? from('password_env'),
    passphrase: from('passphrase_env'),
    alpn: typeof alpn === 'string' ? [alpn] : alpn,
  })
}

/** What is said beside the URL wins over what stands in it. TLS' own is left out where there is none. */
export function withMore({ address, access }: PeerPlace, more: Beside): PeerPlace {
  const file = (path: string | undefined) => (path === undefined ? undefined : resolve(path))
  const { username, password, passphrase, alpn, servername } = more
  const tls = { ca: file(more.ca), cert: file(more.cert), key: file(more.key), passphrase, alpn, servername }
  return { address, access: { ...access, ...given({ username, password, ...(isTls(access) ? tls : {}) }) } }
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>

type Variable = 'url_env' | 'username_env' | 'password_env' | 'passphrase_env'

/** Its name is not told: it may be the secret itself, by mistake. */
function variable(env: NodeJS.ProcessEnv, option: Variable, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : env[name]
  if (name === undefined || value) return value
  throw new Error(`the environment variable that ${option} names is not set`)
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** What is wrong with the files of TLS, before anybody connects. Nothing of what stands in them is told. */
export async function pemProblem({ ca, cert, key, passphrase }: Access): Promise<string | undefined> {
  try {
    if (ca !== undefined) await certificatesIn(ca, 'ca')
    const [own] = cert === undefined ? [] : await certificatesIn(cert, 'cert')
    const ownKey = key === undefined ? undefined : await keyIn(key, passphrase)
    if (own && ownKey && !own.checkPrivateKey(ownKey)) return `the key ${key} does not fit the certificate ${cert}`
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

async function certificatesIn(file: string, what: string): Promise<X509Certificate[]> {
  const found = (await textOf(file, what)).match(CERTIFICATE) ?? []
  if (found.length === 0) throw new Error(`${what}: no certificate in PEM form is in ${file}`)
  return found.map(text => {
    try {
      return new X509Certificate(text)
    } catch {
      throw new Error(`${what}: a certificate in ${file} is damaged`)
    }
  })
}

async function keyIn(file: string, passphrase: string | undefined): Promise<KeyObject> {
  const key = await textOf(file, 'key')
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) throw new Error(`key: no private key in PEM form is in ${file}`)
  const isEncrypted = key.includes('ENCRYPTED')
  if (isEncrypted && passphrase === undefined) throw new Error(`key: ${file} is encrypted; give its passphrase`)
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    throw new Error(`key: ${isEncrypted ? `the passphrase does not open ${file}` : `the key in ${file} is damaged`}`)
  }
}

async function textOf(file: string, what: string): Promise<string> {
  try {
    return await readText(file, { encoding: 'latin1' })
  } catch (error) {
    throw new Error(`${what}: ${file}: ${(error as Error).message}`)
  }
}
