import { registry } from '../model/plugin.ts'
import { aedes } from './aedes.ts'
import type { BrokerKind } from './broker.ts'
import { mosquitto } from './mosquitto.ts'

export const brokers = registry<BrokerKind>([aedes, mosquitto])
