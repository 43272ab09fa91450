import fc from 'fast-check'
import { expect, test } from 'vitest'
import { webSocketBytes } from '../../src/captures/websocket-bytes.ts'
import type { WebSocketSummary } from '../../src/model/event.ts'
import { newConversation, StreamReader } from '../../src/websocket/stream-reader.ts'
import { REQUEST } from '../websocket/frames.ts'

const readAgain = (flow: 'up' | 'down', bytes: Buffer) =>
  new StreamReader({ ...newConversation(), isWebSocket: true }, flow).push(bytes)

test('an upgrade is made again with the length, path, protocols and status that it had', () => {
  fc.assert(
    fc.property(fc.integer({ min: 250, max: 900 }), fc.constantFrom(101, 403, 502), (bytes, status) => {
      const request: WebSocketSummary = { kind: 'request', bytes, path: '/mqtt', protocols: ['mqtt', 'mqttv3.1'] }
      expect(readAgain('up', webSocketBytes(request, 'up'))).toEqual([{ websocket: request }])
      const protocols = status === 101 ? { protocols: ['mqtt'] } : {}
      const response: WebSocketSummary = { kind: 'response', bytes, status, ...protocols }
      expect(readAgain('down', webSocketBytes(response, 'down'))).toEqual([{ websocket: response }])
    }),
  )
})

test.each([
  { kind: 'ping', bytes: 6 },
  { kind: 'pong', bytes: 10 },
  { kind: 'close', bytes: 8, code: 1000 },
  { kind: 'close', bytes: 6 },
] as const)('a control frame too: %o', frame => {
  const seen = readAgain('up', Buffer.concat([REQUEST, webSocketBytes(frame, 'up')]))
  expect(seen.at(-1)).toEqual({ websocket: frame })
})
