import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ground, StartedBroker } from '../broker.ts'
import type { Launch, Place } from '../program/program.ts'
import { startProgram } from '../program/start.ts'
import { mosquittoPath, mosquittoVersion } from './binary.ts'
import { configText } from './config.ts'
import { parseLog } from './log.ts'
import type { MosquittoOptions } from './options.ts'

/** A mosquitto of its own: process, port, configuration, directory. Disposing it leaves none of them. */
export async function startMosquitto(options: MosquittoOptions, ground?: Ground): Promise<StartedBroker> {
  const binary = await mosquittoPath()
  const program = {
    name: 'mosquitto',
    version: await mosquittoVersion(binary),
    read: parseLog,
    async prepare({ address, folder, ground }: Place): Promise<Launch> {
      const file = join(folder, 'mosquitto.conf')
      const asRoot = ground !== undefined || process.getuid?.() === 0
      await writeFile(file, configText(options, address, asRoot)).catch(error => {
        throw new Error(`can't write the configuration of mosquitto: ${error.message}`)
      })
      return { command: [binary, '-c', file] }
    },
  }
  return startProgram(program, ground)
}
