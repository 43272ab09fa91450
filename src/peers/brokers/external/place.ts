import { resolve } from 'node:path'
import { isTls } from '../../reach/access.ts'
import { type Place, parseBrokerUrl } from '../../reach/url.ts'
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
export function placeOf(options: ExternalOptions, env: NodeJS.ProcessEnv = process.env): Place {
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
export function withMore({ address, access }: Place, more: Beside): Place {
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
