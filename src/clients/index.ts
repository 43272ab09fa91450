import { registry } from '../model/plugin.ts'
import type { ClientKind } from './client.ts'
import { command } from './command.ts'
import { mqttjs } from './mqttjs.ts'
import { silent } from './silent.ts'

export const clients = registry<ClientKind>([mqttjs, command, silent])
