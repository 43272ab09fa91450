import { registry } from '../../../model/plugin.ts'
import { inRange } from '../../../timing/version.ts'
import type { ClientKind } from '../../clients/client.ts'
import { awsIot } from './aws-iot-model.ts'
import { type ClientProfile, modelOf } from './client-model.ts'
import { espMqtt } from './esp-mqtt-model.ts'
import { hivemq } from './hivemq-model.ts'
import { libmosquitto } from './libmosquitto-model.ts'
import { mqttjs4 } from './mqttjs-4-model.ts'
import { pahoC, pahoC138, pahoC1312 } from './paho-c-model.ts'
import { pahoGo } from './paho-go-model.ts'
import { pahoJava } from './paho-java-model.ts'
import { pahoPython, pahoPython22 } from './paho-python-model.ts'
import { rumqttc } from './rumqttc-model.ts'

export const clientProfiles: readonly ClientProfile[] = [
  libmosquitto,
  pahoPython,
  pahoPython22,
  pahoC,
  pahoGo,
  pahoJava,
  hivemq,
  rumqttc,
  awsIot,
  espMqtt,
  mqttjs4,
]

/** Older behaviours of the same names, for who asks for a version. */
export const olderClientProfiles: readonly ClientProfile[] = [pahoC1312, pahoC138]

/** The newest of that name, and by `ofVersion` any that somebody looked into. */
function kindOf(profile: ClientProfile): ClientKind {
  const all = [profile, ...olderClientProfiles.filter(({ name }) => name === profile.name)]
  return {
    ...(modelOf(profile) as ClientKind),
    ofVersion(version) {
      const found = all.find(({ versions }) => inRange(version, versions))
      return found && (modelOf({ ...found, version }) as ClientKind)
    },
  }
}

/** Client families whose real code can't run in this process, by their keep-alive. For the simulated lab and for real sockets. */
export const clientModels = registry<ClientKind>(clientProfiles.map(kindOf))
