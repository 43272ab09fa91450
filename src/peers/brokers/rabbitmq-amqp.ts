import { z } from 'zod'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'
import { rabbitmqRecipe } from './rabbitmq/rabbitmq-recipe.ts'

const options = z.strictObject({})

/**
 * The same RabbitMQ 3.10, in its own language. From tune-ok on it looks every K whether bytes came, and gives up at the second look
 * that finds none (rabbit_heartbeat.erl): 2K to 3K after the last octet.
 */
export const rabbitmqAmqp: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'rabbitmq-amqp',
  summary: 'RabbitMQ of Debian as a child process, spoken to in AMQP 0-9-1; slow to start (6 s)',
  options,
  dialect: 'amqp',
  protocols: [4],
  recipe: rabbitmqRecipe,
  args: ({ address: { host, port }, folder }) => [host, String(port), folder, 'amqp'],
  reader: rabbitAmqpReader,
})

const NAMING = ' has a client-provided name: '
/** Its Erlang process, before the addresses of its two ends. */
const NAMED = /<[\d.]{3,40}>(?= \()/
const ENDED = /\b(?:closing AMQP connection|error on AMQP connection) (<[\d.]+>) /
const SILENT = /^missed heartbeats from client\b/

/**
 * A connection is named once, and signed by its Erlang process from then on. Why it ends is said in the line after
 * `closing AMQP connection <0.1.0> (...)`.
 */
export function rabbitAmqpReader(): (text: string) => readonly LogNews[] {
  const clientIds = new Map<string, string>()
  let ended: string | undefined
  return text => {
    const [head = '', clientId] = text.trimEnd().split(NAMING)
    const [named] = NAMED.exec(head) ?? []
    if (named !== undefined && clientId !== undefined) {
      clientIds.set(named, clientId)
      return news(clientId, ['client-connected'])
    }
    const whose = ended
    ended = undefined
    if (whose !== undefined && SILENT.test(afterDate(text))) return news(whose, ['keepalive-timeout'])
    const [, process = ''] = ENDED.exec(text) ?? []
    ended = clientIds.get(process)
    return news(ended, ['client-closed'])
  }
}

/** Each line of it begins with date, level and Erlang process. */
const afterDate = (text: string): string => text.slice(text.lastIndexOf('> ') + 2)
