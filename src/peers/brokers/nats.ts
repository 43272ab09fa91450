import { join } from 'node:path'
import { z } from 'zod'
import { goRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

/** NATS server 2.14.5, MQTT 3.1.1 only: a read deadline of 1.5K in whole seconds, server/mqtt.go:3821. */
export const nats: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'nats',
  summary: 'the MQTT side of NATS server as a child process, in Go',
  options,
  protocols: [4],
  recipe: goRecipe('nats'),
  args: ({ address: { host, port }, folder }) => [`--listen=${host}:${port}`, `--store=${join(folder, 'jetstream')}`],
  reader: () => readNats,
})

const CONNECTED = /^[^"]* - mid:\d+ - "(.+)" - Client connected$/
const CLOSED = /^[^"]* - mid:\d+ - "(.+)" - Client connection closed: ([\s\S]+)$/

/** It calls a deadline that ran out `Read Error`, but a reset too: the log does not tell the one from the other. */
export function readNats(text: string): readonly LogNews[] {
  const connected = CONNECTED.exec(text)
  if (connected) return news(connected[1], ['client-connected'])
  const closed = CLOSED.exec(text)
  return news(closed?.[1], ['client-closed'], closed?.[2])
}
