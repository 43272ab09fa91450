import { z } from 'zod'
import { nodeWsRecipe, pythonWebsocketsRecipe } from '../recipes/websocket-recipes.ts'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { type ProgramSpec, programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

const server = (spec: Pick<ProgramSpec<z.infer<typeof options>>, 'name' | 'summary' | 'recipe'>) =>
  programBroker({
    ...spec,
    options,
    dialect: 'websocket',
    protocols: [4],
    args: ({ address: { host, port } }) => ['serve', host, String(port)],
    reader: () => readServer,
  })

/** It pings each K, and ends a client that has sent no pong from one ping to the next (README of ws): 2K after the last pong. */
export const nodeWsServer: BrokerKind<z.infer<typeof options>> = server({
  name: 'node-ws',
  summary: "a WebSocket server of ws in a child process, with the heartbeat of the library's README",
  recipe: nodeWsRecipe,
})

/** It pings each K and waits K for the pong (asyncio/connection.py, keepalive()); then it says close, and ends the TCP connection at once. */
export const pythonWebsocketsServer: BrokerKind<z.infer<typeof options>> = server({
  name: 'python-websockets',
  summary: "a WebSocket server of the Python library websockets in a child process, with the library's own keep-alive",
  recipe: pythonWebsocketsRecipe,
})

/** What it says in each line, as its program in peers/ writes it. Others' lines are none of ours. */
const told = z.object({
  what: z.enum(['client-connected', 'client-closed', 'keepalive-timeout']),
  clientId: z.string(),
  note: z.string().exactOptional(),
})

export function readServer(text: string): readonly LogNews[] {
  if (!text.startsWith('{')) return []
  try {
    const { data } = told.safeParse(JSON.parse(text))
    return data ? news(data.clientId, [data.what], data.note) : []
  } catch {
    return []
  }
}
