import type { Availability } from '../model/plugin.ts'
import { versionLack } from '../peers/built.ts'
import type { BrokerKind } from './broker.ts'
import { mosquittoAvailable, mosquittoPath, mosquittoVersion } from './mosquitto/binary.ts'
import { type MosquittoOptions, options } from './mosquitto/options.ts'
import { startMosquitto } from './mosquitto/start.ts'

/**
 * Eclipse Mosquitto as a process of its own. Its options are the keys of mosquitto.conf(5). How exactly it keeps to 1.5K
 * depends on its version: 2.0.0 to 2.0.20 look every 6 s, later ones every second.
 */
export const mosquitto: BrokerKind<MosquittoOptions> = {
  name: 'mosquitto',
  summary: 'Mosquitto as a child process; any key of mosquitto.conf',
  options,
  runs: ['plugin', 'auth_plugin', 'global_plugin', 'plugin_load', 'include_dir', 'image'],
  protocols: [4, 5],
  can: new Set(['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']),
  available,
  version: async () => mosquittoVersion(await mosquittoPath()),
  grounds: true,
  start: startMosquitto,
}

async function available({ version }: MosquittoOptions): Promise<Availability> {
  const there = await mosquittoAvailable()
  if (there !== true || version === undefined) return there
  return versionLack('mosquitto', await mosquittoVersion(await mosquittoPath()), version)
}
