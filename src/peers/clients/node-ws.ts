import { z } from 'zod'
import { nodeWsRecipe } from '../recipes/websocket-recipes.ts'
import type { ClientKind } from './client.ts'
import { common, driver } from './driver/start-driver.ts'

const options = z.strictObject({
  ...common,
  pongs: z.boolean().exactOptional().describe("false: it answers none of the server's pings"),
})

/** By the heartbeat of its README it waits for the server's ping for K + 1 s, and pings nobody itself. */
export const nodeWs: ClientKind<z.infer<typeof options>> = driver({
  name: 'node-ws',
  summary:
    "ws 8.23.0 as a WebSocket client, in a process of its own, with the heartbeat of its README; it waits for the server's pings",
  options,
  dialect: 'websocket',
  args: ({ pongs }) => (pongs === false ? ['--no-pongs'] : []),
  recipe: nodeWsRecipe,
  schemes: ['mqtt'],
  // Whoever would publish to it speaks MQTT alone.
  traffic: { publishing: true, receiving: false },
})
