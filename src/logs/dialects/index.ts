import type { Dialect } from '../dialect.ts'
import { awsIot } from './aws-iot-log.ts'
import { emqx } from './emqx-log.ts'
import { espIdf } from './esp-idf-log.ts'
import { esphome } from './esphome-log.ts'
import { hivemq } from './hivemq-log.ts'
import { homeAssistant } from './home-assistant-log.ts'
import { iobroker } from './iobroker-log.ts'
import { moquette } from './moquette-log.ts'
import { mosquitto } from './mosquitto-log.ts'
import { mqttjs } from './mqttjs-log.ts'
import { mqttnet } from './mqttnet-log.ts'
import { nanomq } from './nanomq-log.ts'
import { nats } from './nats-log.ts'
import { nodeRed } from './node-red-log.ts'
import { pahoJava } from './paho-java-log.ts'
import { paho } from './paho-log.ts'
import { plainClient } from './plain-client-log.ts'
import { rabbitmq } from './rabbitmq-log.ts'
import { rumqttd } from './rumqttd-log.ts'
import { tasmota } from './tasmota-log.ts'
import { vernemq } from './vernemq-log.ts'
import { zigbee2mqtt } from './zigbee2mqtt-log.ts'

/** All programs whose words are known. The order is that in which they are tried. */
export const dialects: readonly Dialect[] = [
  mosquitto,
  emqx,
  hivemq,
  vernemq,
  rabbitmq,
  nanomq,
  moquette,
  nats,
  rumqttd,
  iobroker,
  awsIot,
  zigbee2mqtt,
  homeAssistant,
  espIdf,
  tasmota,
  esphome,
  nodeRed,
  pahoJava,
  paho,
  mqttjs,
  mqttnet,
  plainClient,
]
