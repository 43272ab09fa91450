import { registry } from '../../model/plugin.ts'
import { fleet } from '../fleet/fleet-kind.ts'
import { amqplib } from './amqplib.ts'
import type { ClientKind } from './client.ts'
import { command } from './command.ts'
import { driver } from './driver.ts'
import { hivemq } from './hivemq-client.ts'
import { libmosquitto } from './libmosquitto.ts'
import { mosquittoBridge } from './mosquitto-bridge.ts'
import { mqttjs } from './mqttjs.ts'
import { mqttjs4 } from './mqttjs-4.ts'
import { nodeWs } from './node-ws.ts'
import { pahoC } from './paho-c.ts'
import { pahoGo } from './paho-go.ts'
import { pahoGolang } from './paho-golang.ts'
import { pahoJava } from './paho-java.ts'
import { pahoPython } from './paho-python.ts'
import { pahoPython22 } from './paho-python-2.2.ts'
import { pythonWebsockets } from './python-websockets.ts'
import { rumqttc } from './rumqttc.ts'
import { silent } from './silent.ts'

export const clients = registry<ClientKind>([
  mqttjs,
  command,
  driver,
  libmosquitto,
  mqttjs4,
  pahoPython,
  pahoPython22,
  hivemq,
  pahoC,
  pahoGo,
  pahoGolang,
  pahoJava,
  rumqttc,
  mosquittoBridge,
  silent,
  amqplib,
  nodeWs,
  pythonWebsockets,
  fleet,
])
