import type { Dialect } from '../dialect.ts'
import { awsIot } from './aws-iot.ts'
import { emqx } from './emqx.ts'
import { espIdf } from './esp-idf.ts'
import { hivemq } from './hivemq.ts'
import { homeAssistant } from './home-assistant.ts'
import { moquette } from './moquette.ts'
import { mosquitto } from './mosquitto.ts'
import { nanomq } from './nanomq.ts'
import { paho } from './paho.ts'
import { rabbitmq } from './rabbitmq.ts'
import { vernemq } from './vernemq.ts'
import { zigbee2mqtt } from './zigbee2mqtt.ts'

/** All programs whose words are known. The order is that in which they are tried. */
export const dialects: readonly Dialect[] = [
  mosquitto,
  emqx,
  hivemq,
  vernemq,
  rabbitmq,
  nanomq,
  moquette,
  awsIot,
  zigbee2mqtt,
  homeAssistant,
  espIdf,
  paho,
]
