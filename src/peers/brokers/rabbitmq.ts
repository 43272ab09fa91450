import { z } from 'zod'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'
import { rabbitmqRecipe } from './rabbitmq/rabbitmq-recipe.ts'

const options = z.strictObject({})

/**
 * Debian's RabbitMQ 3.10 with rabbitmq_mqtt, MQTT 3.1.1 only. From CONNECT on it looks every K whether bytes came, and gives
 * up when two looks in a row found none (rabbit_heartbeat.erl): 2K to 3K after the last packet, where 1.5K is the limit.
 */
export const rabbitmq: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'rabbitmq',
  summary: 'RabbitMQ of Debian as a child process, in Erlang; slow to start (6 s)',
  options,
  protocols: [4],
  recipe: rabbitmqRecipe,
  args: ({ address: { host, port }, folder }) => [host, String(port), folder, 'mqtt'],
  reader: rabbitReader,
})

const ACCEPTED = /^(?:(?! accepting MQTT).)* accepting MQTT connection (<[\d.]+>) \([^,]*, client id: (.+)\)$/
const CLOSED = /(<[\d.]+>) (?:closing MQTT connection|MQTT detected network error|MQTT disconnecting client) ./

/** The client's name is only in the first line on it; the others are signed by the Erlang process that serves it. */
export function rabbitReader(): (text: string) => readonly LogNews[] {
  const clientIds = new Map<string, string>()
  return text => {
    const [, served, clientId] = ACCEPTED.exec(text) ?? []
    if (served !== undefined && clientId !== undefined) {
      clientIds.set(served, clientId)
      return news(clientId, ['client-connected'])
    }
    const [, process = ''] = CLOSED.exec(text) ?? []
    const silent = text.endsWith('(keepalive timeout)')
    return news(clientIds.get(process), silent ? ['keepalive-timeout', 'client-closed'] : ['client-closed'])
  }
}
