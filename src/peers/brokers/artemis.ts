import { z } from 'zod'
import { mavenRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({
  serverKeepAlive: z
    .int()
    .min(-1)
    .max(65_535)
    .default(60)
    .describe(
      'the longest keep-alive in seconds, told to clients of MQTT 5.0 and silently in force for 3.1.1; -1: any',
    ),
})

type Options = z.infer<typeof options>

/** ActiveMQ Artemis 2.55: 1.5K as a connection's TTL, looked at every 2 s; cut at the first look but one. */
export const artemis: BrokerKind<Options> = programBroker<Options>({
  name: 'artemis',
  summary: 'ActiveMQ Artemis as a child process, in Java',
  options,
  protocols: [4, 5],
  recipe: mavenRecipe('artemis', 'Artemis'),
  args: ({ address: { host, port }, folder }, { serverKeepAlive }) => [
    `${host}:${port}`,
    String(serverKeepAlive),
    folder,
  ],
  reader: () => readArtemis,
})

/** Lines of peers/artemis/src/main/java/Arrivals.java. */
const TOLD = /^(connected|timed-out|lost|closed) (.+)$/

export function readArtemis(text: string): readonly LogNews[] {
  const [, what, clientId] = TOLD.exec(text) ?? []
  if (what === 'connected') return news(clientId, ['client-connected'])
  if (what === 'timed-out') return news(clientId, ['keepalive-timeout', 'client-closed'], 'AMQ229014: no data received')
  return news(clientId, ['client-closed'], what)
}
