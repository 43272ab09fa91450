import { z } from 'zod'
import { goRecipe } from '../recipes/recipe.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({
  serverKeepalive: z
    .int()
    .min(1)
    .max(65_535)
    .exactOptional()
    .describe('seconds that clients of MQTT 5.0 are told to use'),
})

type Options = z.infer<typeof options>

/** mochi-mqtt 2.7.9 closes K + K/2 whole seconds after the last packet: clients.go:262. That is 1 s at K = 1. */
export const mochi: BrokerKind<Options> = programBroker<Options>({
  name: 'mochi',
  summary: 'mochi-mqtt as a child process, in Go',
  options,
  shares: true,
  protocols: [4, 5],
  recipe: goRecipe('mochi'),
  args: ({ address: { host, port } }, { serverKeepalive = 0 }) => [
    `--listen=${host}:${port}`,
    `--server-keepalive=${serverKeepalive}`,
  ],
  reader: () => readMochi,
})

const line = z.object({ msg: z.string(), client: z.string(), error: z.string().nullish() })

/** One JSON object a line, as Go's log/slog writes it. */
export function readMochi(text: string): readonly LogNews[] {
  const { msg, client, error } = line.safeParse(parse(text)).data ?? {}
  if (msg === 'client connected') return news(client, ['client-connected'])
  if (msg !== 'client disconnected') return []
  // Its deadline is for writing too; what ran out while it was reading is the keep-alive.
  const silent = /^read .*: i\/o timeout$/.test(error ?? '')
  return news(client, silent ? ['keepalive-timeout', 'client-closed'] : ['client-closed'], error ?? undefined)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
