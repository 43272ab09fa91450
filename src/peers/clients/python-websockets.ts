import { pythonWebsocketsRecipe } from '../recipes/websocket-recipes.ts'
import type { ClientKind } from './client.ts'
import { driver } from './driver/start-driver.ts'

/**
 * It pings each K and waits K for the pong (asyncio/connection.py, keepalive(), with ping_interval and ping_timeout of K); then it says
 * close, and ends its TCP connection close_timeout (10 s) later.
 */
export const pythonWebsockets: ClientKind = driver({
  name: 'python-websockets',
  summary: 'websockets 17.4 as a WebSocket client, in Python; its own keep-alive, ping_interval and ping_timeout, is K',
  dialect: 'websocket',
  recipe: pythonWebsocketsRecipe,
  schemes: ['mqtt'],
  // Whoever would publish to it speaks MQTT alone.
  traffic: { publishing: true, receiving: false },
})
