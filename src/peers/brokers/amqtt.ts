import { z } from 'zod'
import { pythonRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

/**
 * amqtt 0.12.1 never drops a silent client: it waits for a packet for K and then does nothing, since its handler for that is
 * empty (mqtt/protocol/broker_handler.py, `handle_read_timeout`). MQTT 3.1.1 only.
 */
export const amqtt: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'amqtt',
  summary: 'amqtt as a child process, in Python; it never drops a silent client',
  options,
  protocols: [4],
  recipe: pythonRecipe('amqtt', 'broker.py'),
  args: ({ address: { host, port } }) => [`${host}:${port}`],
  reader: () => readAmqtt,
})

/** Lines of peers/amqtt/broker.py. */
const TOLD = /^(connected|disconnected) (.+)$/

export function readAmqtt(text: string): readonly LogNews[] {
  const [, what, clientId] = TOLD.exec(text) ?? []
  return news(clientId, [what === 'connected' ? 'client-connected' : 'client-closed'])
}
