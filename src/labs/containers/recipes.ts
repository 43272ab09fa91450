import { configText } from '../../peers/brokers/mosquitto/config.ts'
import { parseLog } from '../../peers/brokers/mosquitto/log.ts'
import type { MosquittoOptions } from '../../peers/brokers/mosquitto/options.ts'
import { parseAedesLog } from './aedes-log.ts'
import { MQTT_PORT, type Recipe } from './broker.ts'
import { IMAGES } from './images.ts'

const mosquitto: Recipe = {
  image: IMAGES.mosquitto,
  configure(options) {
    // The image starts it as root, and as any other user mosquitto ignores `user`.
    const content = configText(options as MosquittoOptions, { host: '0.0.0.0', port: MQTT_PORT }, true)
    return { files: [{ target: '/mosquitto/config/mosquitto.conf', content }] }
  },
  read(line, { tell }) {
    for (const { clientId, ...news } of parseLog(line)) tell(clientId, news)
    return /^(?:\d+: )?mosquitto version (\S+) starting/.exec(line)?.[1]
  },
}

const aedes: Recipe = {
  image: IMAGES.aedes,
  configure({ image, ...options }) {
    return { environment: { AEDES_OPTIONS: JSON.stringify(options) } }
  },
  read(line, { tell, tellAll }) {
    const told = parseAedesLog(line)
    if (told?.what === 'started') return told.note
    if (told?.clientId !== undefined) tell(told.clientId, told.news)
    else if (told) tellAll(told.news)
    return undefined
  },
}

/** By the names of the brokers that they are for. */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map(Object.entries({ mosquitto, aedes }))
