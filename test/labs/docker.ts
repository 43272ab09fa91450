import { engineAvailable } from '../../src/labs/containers/engine.ts'
import { containers } from '../../src/labs/containers.ts'
import { peers } from '../../src/plugins.ts'
import { it } from '../doubt/test.ts'
import { scenarioOf } from '../engine/scenarios.ts'

/** What this machine lacks for the lab containers; `undefined` where it has everything. */
async function lackOf(): Promise<string | undefined> {
  const engine = await engineAvailable()
  if (engine !== true) return `${engine.reason}: ${engine.remedy}`
  const lab = containers.create(peers)
  for (const name of ['aedes', 'mosquitto']) {
    const admission = await lab.admits(scenarioOf({ broker: { name, options: {} }, until: '1s' }))
    if (admission !== true) return `${admission.reason}: ${admission.remedy ?? ''}`
  }
  return undefined
}

const lack = await lackOf()

/** Where CI has installed everything, what is lacking is a failure. */
if (lack && process.env.HALFOPEN_REQUIRE === 'all')
  it('a Docker engine and the images are there', () => {
    throw new Error(lack)
  })

export const withDocker = it.skipIf(lack)
export const title = (text: string): string => (lack ? `${text} (skipped: ${lack})` : text)
