import type { z } from 'zod'
import type { Availability } from '../../model/plugin.ts'
import { inRange } from '../../timing/version.ts'
import { versionLack } from '../recipes/built.ts'
import type { BrokerKind } from './broker.ts'
import { mosquittoAvailable, mosquittoPath, mosquittoVersion } from './mosquitto/binary.ts'
import { KEYS_AFTER_2_0_11, PLUGIN_OPTION } from './mosquitto/keys.ts'
import { type MosquittoOptions, options } from './mosquitto/options.ts'
import { refusalOf } from './mosquitto/refusal.ts'
import { startMosquitto } from './mosquitto/start.ts'

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
  files: ['acl_file', 'password_file', 'persistence_location', 'include_dir', ...PLUGINS, ...BRIDGE_FILES],
  runs: ['plugin', 'auth_plugin', 'global_plugin', 'plugin_load', 'include_dir', 'image'],
  protocols: [4, 5],
  can: new Set(['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']),
  available,
  version: async () => mosquittoVersion(await mosquittoPath()),
  grounds: true,
  start: startMosquitto,
}

async function available({ version, ...given }: MosquittoOptions): Promise<Availability> {
  const there = await mosquittoAvailable()
  const later = Object.keys(given).filter(key => KEYS_AFTER_2_0_11.includes(key))
  if (there !== true || (version === undefined && Object.keys(given).length === 0)) return there
  const here = await mosquittoVersion(await mosquittoPath())
  if (later.length > 0 && inRange(here, '<=2.0.11'))
    return { reason: `mosquitto ${here} does not know ${later.join(', ')}; newer versions do` }
  const lack = version === undefined ? true : versionLack('mosquitto', here, version)
  const refusal = lack === true ? await refusalOf(await mosquittoPath(), given) : undefined
  return refusal === undefined ? lack : { reason: `mosquitto ${here} does not take this configuration: ${refusal}` }
}
