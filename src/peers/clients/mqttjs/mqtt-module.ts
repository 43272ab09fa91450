import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Address } from '../../../link/kinds/link.ts'
import { messageOf } from '../../../text/message-of.ts'
import { type Access, isTls, isWebSocket, type Scheme, tlsOptions } from '../../reach/access.ts'

/** The part of MQTT.js that we use; the same since 4.x. */
export interface MqttModule {
  connect(options: IClientOptions): MqttClient
  readonly MqttClient: new (streamBuilder: (client: MqttClient) => unknown, options: IClientOptions) => MqttClient
}

/** For simulations: MQTT.js' debug log makes a tenth of their garbage also where nobody reads it. With DEBUG set it stays. */
export const QUIET: Pick<IClientOptions, 'log'> = process.env.DEBUG ? {} : { log: () => {} }

/** Files by where from and what: a simulation has no time for the disk. */
const resolved = new Map<string, string>()

/**
 * The file behind `module:`. A name or path is looked up from where the user stands, so that the version that their project
 * has is tested; without one it is our own. Throws where there is none.
 */
export function resolveModule(module: string | undefined, cwd: string): string {
  const key = JSON.stringify([cwd, module])
  const file = resolved.get(key) ?? lookUp(module, cwd)
  resolved.set(key, file)
  return file
}

function lookUp(module: string | undefined, cwd: string): string {
  const from = module === undefined ? import.meta.url : pathToFileURL(join(cwd, 'package.json'))
  try {
    return createRequire(from).resolve(module ?? 'mqtt')
  } catch (error) {
    throw new Error(`can't find the module ${module ?? 'mqtt'} from ${cwd}: ${firstLine(error)}`)
  }
}

/** Imported when a client starts, not before: the simulation's timers must be in place first. */
export async function loadModule(file: string, load = importFile): Promise<MqttModule> {
  const imported = await load(file)
  const found = shapes(imported).find(isMqttModule)
  if (!found) throw new Error(`${file} is no MQTT.js: it exports no connect() and MqttClient`)
  return found
}

const importFile = (file: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(file).href)

/** As CommonJS, 4.x is the import's default, 5.x its default's default too; an ES module is the namespace itself. */
function shapes(imported: unknown): readonly unknown[] {
  const once = defaultOf(imported)
  return [imported, once, defaultOf(once)]
}

const defaultOf = (value: unknown): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, 'default')
    : undefined

const isMqttModule = (value: unknown): value is MqttModule =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof Reflect.get(value, 'connect') === 'function' &&
  typeof Reflect.get(value, 'MqttClient') === 'function'

const firstLine = (error: unknown): string => messageOf(error).split('\n')[0] ?? ''

type Named = Readonly<Record<string, unknown>>

interface Reach extends Omit<IClientOptions, 'host' | 'port' | 'protocol'> {
  readonly host: string
  readonly port: number
  readonly protocol: Scheme
}

/**
 * MQTT.js' options for getting there: address, TLS, WebSocket, user and password; `given` are a scenario's own for the WebSocket.
 * Throws where a PEM file can't be read.
 */
export function reach({ host, port }: Address, access: Access = { scheme: 'mqtt' }, given: Named = {}): Reach {
  const { scheme, username, password } = access
  return {
    host,
    port,
    protocol: scheme,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls(access) ? (tlsOptions(access) as object) : {}),
    ...(isWebSocket(access) ? webSocket(host, access, given) : {}),
  }
}

/** MQTT.js takes the URL's host from `hostname`, and hands on only part of what TLS needs: not the name to check. */
function webSocket(host: string, access: Access, given: Named) {
  const { path = '/', authority } = access
  const headers = { ...(authority === undefined ? {} : { Host: authority }), ...Object(given.headers) }
  return {
    hostname: host.includes(':') ? `[${host}]` : host,
    path,
    wsOptions: { ...given, ...(isTls(access) ? tlsOptions(access) : {}), headers } as NonNullable<
      IClientOptions['wsOptions']
    >,
  }
}
