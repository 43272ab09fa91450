import { z } from 'zod'
import { mavenRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

/** Moquette 0.17, MQTT 3.1.1 only: Netty's IdleStateHandler at Math.round(1.5K) seconds, so 5 s at K = 3. */
export const moquette: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'moquette',
  summary: 'Moquette as a child process, in Java',
  options,
  protocols: [4],
  recipe: mavenRecipe('moquette', 'Moquette'),
  args: ({ address: { host, port } }) => [host, String(port)],
  reader: () => readMoquette,
})

const IDLE = /^(?:(?!Firing channel).)*Firing channel inactive event\. MqttClientId = (.+)\.$/
/** Lines of our own main, peers/moquette/Moquette.java. */
const TOLD = /^(connected|disconnected|lost) (.+)$/

export function readMoquette(text: string): readonly LogNews[] {
  const idle = IDLE.exec(text)
  if (idle) return news(idle[1], ['keepalive-timeout'], 'channel inactive')
  const [, what, clientId] = TOLD.exec(text) ?? []
  return what === 'connected' ? news(clientId, ['client-connected']) : news(clientId, ['client-closed'], what)
}
