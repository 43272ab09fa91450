import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Address } from '../../link/kinds/link.ts'
import type { Availability } from '../../model/plugin.ts'
import { guardedFolder } from '../../processes/guarded-folder.ts'
import { tetherByKernel } from '../../processes/tether.ts'
import { inRange } from '../../timing/version.ts'
import { versionLack } from '../recipes/built.ts'
import type { BrokerKind, StartContext, StartedBroker } from './broker.ts'
import { findMosquitto, mosquittoAvailable, mosquittoPath, mosquittoVersion } from './mosquitto/binary.ts'
import { dateIn, LOG_TYPES, parseLog } from './mosquitto/log.ts'
import { KEYS_AFTER_2_0_11, type MosquittoOptions, options, PLUGIN_OPTION, placeOfKey } from './mosquitto/options.ts'
import { type ConfLine, readConf } from './mosquitto/own-conf.ts'
import type { Launch, ProgramPlace } from './program/broker-program.ts'
import { type BrokerTls, tlsAccess } from './program/broker-tls.ts'
import { startProgram } from './program/start-broker.ts'

/** The last line of the file. No version knows it, so that none starts: what is wrong before it is complained of first. */
const END = 'halfopen_ends_here'
const LIMIT_MS = 5000

const known = new Map<string, Promise<string | undefined>>()

/**
 * What this mosquitto has against the options, in its own words (2.0.11: `Invalid max_keepalive value (5).`); `undefined` where it
 * takes them all. Which values are valid depends on the version. Each is asked once.
 */
function refusalOf(binary: string, options: MosquittoOptions, own: readonly ConfLine[]): Promise<string | undefined> {
  const text = `${configText(options, { host: '127.0.0.1', port: 1 }, false, undefined, own)}${END} 1\n`
  const key = `${binary}\n${text}`
  const answer = known.get(key) ?? ask(binary, text).catch(() => undefined)
  known.set(key, answer)
  return answer
}

async function ask(binary: string, text: string): Promise<string | undefined> {
  const folder = await guardedFolder('conf')
  try {
    const file = join(folder.path, 'mosquitto.conf')
    await writeFile(file, text)
    const said = await new Promise<string>(resolve => {
      const [program, ...args] = tetherByKernel([binary, '-c', file])
      execFile(program, args, { timeout: LIMIT_MS }, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`))
    })
    const error = said
      .split('\n')
      .map(line => line.replace(/^\d+: /, ''))
      .find(line => line.startsWith('Error: '))
    return error === undefined || error.includes(END) ? undefined : error.slice('Error: '.length)
  } finally {
    await folder.remove()
  }
}

const PLUGINS = ['plugin', 'auth_plugin', 'global_plugin']
const BRIDGE_FILES = ['bridge_cafile', 'bridge_capath', 'bridge_certfile', 'bridge_keyfile']

/**
 * Eclipse Mosquitto as a process of its own. Its options are the keys of mosquitto.conf(5). How exactly it keeps to 1.5K
 * depends on its version: 2.0.0 to 2.0.20 look every 6 s, later ones every second.
 */
export const mosquitto: BrokerKind<MosquittoOptions> = {
  name: 'mosquitto',
  summary: 'Mosquitto as a child process; the keys of mosquitto.conf',
  options: options as z.ZodType<MosquittoOptions>,
  furtherKeys: PLUGIN_OPTION,
  files: [
    'binary',
    'conf',
    'acl_file',
    'password_file',
    'persistence_location',
    'include_dir',
    ...PLUGINS,
    ...BRIDGE_FILES,
  ],
  runs: ['binary', 'conf', 'plugin', 'auth_plugin', 'global_plugin', 'plugin_load', 'include_dir', 'image'],
  shares: true,
  protocols: [4, 5],
  can: new Set(['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']),
  available,
  version: async ({ binary }) => mosquittoVersion(await mosquittoPath(binary)),
  movable: true,
  executable: ({ binary }) => findMosquitto(process.env, binary),
  access: ({ tls, websocket }) => tlsAccess(tls, websocket === true),
  start: startMosquitto,
}

async function available({ version, tls: _made, binary, conf, ...given }: MosquittoOptions): Promise<Availability> {
  const there = await mosquittoAvailable(process.env, binary)
  const later = Object.keys(given).filter(key => KEYS_AFTER_2_0_11.includes(key))
  if (there !== true || (version === undefined && conf === undefined && Object.keys(given).length === 0)) return there
  const own = await readConf(conf).catch((error: Error) => error)
  if (own instanceof Error) return { reason: `${conf} can't be read: ${own.message}` }
  const path = await mosquittoPath(binary)
  const here = await mosquittoVersion(path)
  if (later.length > 0 && inRange(here, '<=2.0.11'))
    return { reason: `mosquitto ${here} does not know ${later.join(', ')}; newer versions do` }
  const lack = version === undefined ? true : versionLack('mosquitto', here, version)
  const refusal = lack === true ? await refusalOf(path, given, own) : undefined
  return refusal === undefined ? lack : { reason: `mosquitto ${here} does not take this configuration: ${refusal}` }
}

/** A mosquitto of its own: process, port, configuration, directory. Disposing it leaves none of them. */
async function startMosquitto(options: MosquittoOptions, within?: StartContext): Promise<StartedBroker> {
  const binary = await mosquittoPath(options.binary)
  const own = await readConf(options.conf)
  const program = {
    name: 'mosquitto',
    version: await mosquittoVersion(binary),
    read: parseLog,
    ...(within?.faster && { dateS: dateIn }),
    tls: options.tls,
    async prepare({ address, folder, within, tls }: ProgramPlace): Promise<Launch> {
      const file = join(folder, 'mosquitto.conf')
      const asRoot = within?.network !== undefined || process.getuid?.() === 0
      await writeFile(
        file,
        configText({ ...(within?.faster && { log_timestamp: true }), ...options }, address, asRoot, tls, own),
      ).catch(error => {
        throw new Error(`can't write the configuration of mosquitto: ${error.message}`)
      })
      return { command: [binary, '-c', file], ...(options.websocket ? { cwd: folder, webSocket: true } : {}) }
    },
  }
  return startProgram(program, within)
}

/** Mosquitto 2.0.11 does not start with WebSockets alone (src/mosquitto.c, `listensock`): a socket that no network reaches, in its own folder. */
const PLAIN_LISTENER = 'listener 0 plain.sock'

/**
 * The whole mosquitto.conf. What is given replaces our own line of the same key, so `allow_anonymous: false` works.
 * Globals stand before the listener, since some of them are refused after it; what is the listener's own stands behind it.
 */
export function configText(
  { image, version, binary, conf, websocket, tls: _choice, ...options }: MosquittoOptions,
  address: Address,
  asRoot: boolean,
  tls?: BrokerTls,
  own: readonly ConfLine[] = [],
): string {
  const ours: MosquittoOptions = {
    allow_anonymous: true,
    persistence: false,
    log_dest: 'stderr',
    // Lines are dated as they arrive, on the run's clock.
    log_timestamp: false,
  }
  const kept = own.filter(({ key }) => !Object.hasOwn(options, key))
  const settings: MosquittoOptions = {
    ...Object.fromEntries(Object.entries(ours).filter(([key]) => !kept.some(line => line.key === key))),
    ...options,
    // Started by root it would become the user `mosquitto`, who can't read a directory of root's.
    ...(asRoot ? { user: 'root' } : {}),
  }
  const of = (place: ReturnType<typeof placeOfKey>) => [
    ...kept.filter(({ key }) => placeOfKey(key) === place).map(({ line }) => line),
    ...Object.entries(settings)
      .filter(([key]) => placeOfKey(key) === place)
      .map(([key, value]) => `${key} ${value}`),
  ]
  const listener = [
    ...(websocket ? [PLAIN_LISTENER] : []),
    `listener ${address.port} ${address.host}`,
    ...(websocket ? ['protocol websockets'] : []),
    ...listenerTls(tls),
    ...of('listener'),
  ]
  return [...LOG_TYPES.map(type => `log_type ${type}`), ...of('global'), ...listener, ...of('bridge'), ''].join('\n')
}

/** mosquitto.conf(5), "Certificate based SSL/TLS Support". */
const listenerTls = (tls: BrokerTls | undefined): readonly string[] =>
  tls
    ? [
        `cafile ${tls.ca}`,
        `certfile ${tls.cert}`,
        `keyfile ${tls.key}`,
        `require_certificate ${tls.asksForCertificates}`,
      ]
    : []
