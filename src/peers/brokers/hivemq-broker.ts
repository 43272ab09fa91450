import { z } from 'zod'
import { mavenRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

/** HiveMQ Community Edition 2025.5: 1.5K in whole seconds and about 0.1 s, then DISCONNECT 0x8D to clients of MQTT 5.0. */
export const hivemq: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'hivemq',
  summary: 'HiveMQ Community Edition as a child process, in Java; 100 MB',
  options,
  shares: true,
  protocols: [4, 5],
  recipe: mavenRecipe('hivemq-ce', 'HiveMq'),
  args: ({ address: { host, port }, folder }) => [host, String(port), folder],
  reader: () => readHiveMq,
})

/** Lines of its event log, as peers/hivemq-ce/HiveMq.java has it: a date, and what happened. */
const CONNECTED = /^\S+ \S+ +- Client ID: (.+), IP: (?:(?!, IP: ).)* connected\.$/
const GONE = /^\S+ \S+ +- Client ID: (.+?), IP: \S+ ((?:was )?disconnected\b[\s\S]*)$/

export function readHiveMq(text: string): readonly LogNews[] {
  const connected = CONNECTED.exec(text)
  if (connected) return news(connected[1], ['client-connected'])
  const [, clientId, note = ''] = GONE.exec(text) ?? []
  const silent = note.endsWith('reason: Client was idle for too long.')
  return news(clientId, silent ? ['keepalive-timeout', 'client-closed'] : ['client-closed'], note)
}
