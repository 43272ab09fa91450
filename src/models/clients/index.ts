import type { ClientKind } from '../../clients/client.ts'
import { registry } from '../../model/plugin.ts'
import { awsIot } from './aws-iot.ts'
import { espMqtt } from './esp-mqtt.ts'
import { hivemq } from './hivemq.ts'
import { modelOf } from './kind.ts'
import { libmosquitto } from './libmosquitto.ts'
import { mqttjs4 } from './mqttjs-4.ts'
import { pahoC } from './paho-c.ts'
import { pahoGo } from './paho-go.ts'
import { pahoJava } from './paho-java.ts'
import { pahoPython } from './paho-python.ts'
import type { ClientProfile } from './profile.ts'
import { rumqttc } from './rumqttc.ts'

export const clientProfiles: readonly ClientProfile[] = [
  libmosquitto,
  pahoPython,
  pahoC,
  pahoGo,
  pahoJava,
  hivemq,
  rumqttc,
  awsIot,
  espMqtt,
  mqttjs4,
]

/** Client families whose real code can't run in this process, by their keep-alive. For the simulated lab and for real sockets. */
export const clientModels = registry<ClientKind>(clientProfiles.map(profile => modelOf(profile) as ClientKind))
