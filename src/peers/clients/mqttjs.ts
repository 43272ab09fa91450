import type { Availability } from '../../model/plugin.ts'
import type { ClientKind } from './client.ts'
import { loadModule, resolveModule } from './mqttjs/module.ts'
import { type MqttjsOptions, options } from './mqttjs/options.ts'
import { startMqttjs } from './mqttjs/start.ts'
import { versionOf } from './package-version.ts'

/** MQTT.js, ours or the one that `module:` names. 5.6 and later give up 1.5K after the last acknowledgement. */
export const mqttjs: ClientKind<MqttjsOptions> = {
  name: 'mqttjs',
  summary: 'MQTT.js, by default our own; the options of mqtt.connect, and `module:` to test another version',
  options,
  runs: ['module'],
  traffic: { publishing: true, receiving: true },
  simulated: true,
  home: import.meta.url,
  preload: async ({ module }) => void (await loadModule(resolveModule(module, process.cwd()))),
  shares: ({ module = 'mqtt' }) => module,
  async available({ module }): Promise<Availability> {
    try {
      resolveModule(module, process.cwd())
      return true
    } catch (error) {
      return { reason: (error as Error).message, remedy: remedyFor(module ?? 'mqtt') }
    }
  },
  version: async ({ module }) => versionOf(resolveModule(module, process.cwd())),
  start: startMqttjs,
}

const remedyFor = (module: string): string =>
  /^(\.{0,2}\/|[a-z]:|file:)/i.test(module)
    ? 'name a file that is there; the path counts from the working directory'
    : `npm install --save-dev ${module}`
