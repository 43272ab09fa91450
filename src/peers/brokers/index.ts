import { registry } from '../../model/plugin.ts'
import { aedes } from './aedes.ts'
import { amqtt } from './amqtt.ts'
import { artemis } from './artemis.ts'
import type { BrokerKind } from './broker.ts'
import { external } from './external.ts'
import { hivemq } from './hivemq-broker.ts'
import { mochi } from './mochi.ts'
import { moquette } from './moquette.ts'
import { mosquitto } from './mosquitto.ts'
import { nats } from './nats.ts'
import { rabbitmq } from './rabbitmq.ts'
import { rabbitmqAmqp } from './rabbitmq-amqp.ts'
import { rumqttd } from './rumqttd.ts'
import { nodeWsServer, pythonWebsocketsServer } from './websocket-servers.ts'

export const brokers = registry<BrokerKind>([
  aedes,
  mosquitto,
  amqtt,
  artemis,
  hivemq,
  mochi,
  moquette,
  nats,
  rabbitmq,
  rabbitmqAmqp,
  rumqttd,
  nodeWsServer,
  pythonWebsocketsServer,
  external,
])
