import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

/** The last of the MQTT.js that never give up while they write more often than K (MQTT.js #682), in a process of its own. */
export const mqttjs4: ClientKind = driver({
  name: 'mqttjs-4',
  summary: 'MQTT.js 4.3.8; with `mqttjs` and `module:` any other version can be tested',
  family: 'mqttjs',
  recipe: {
    folder: 'mqttjs-4',
    needs: [{ program: 'npm', apt: 'npm', remedy: 'https://nodejs.org/en/download' }],
    steps: [
      ['cp', 'package.json', 'package-lock.json', 'driver.js', '{build}'],
      ['npm', 'ci', '--prefix', '{build}', '--ignore-scripts', '--no-audit', '--no-fund'],
    ],
    run: ['node', '{build}/driver.js'],
  },
})
