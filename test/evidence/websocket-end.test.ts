import { expect, test } from 'vitest'
import { connectionsOf, firstEnd } from '../../src/evidence/connection.ts'
import type { Event } from '../../src/model/event.ts'

const at = (atMs: number, body: object): Event => ({ atMs, conn: 1, who: 'link', ...body }) as Event

test('a close frame ends a connection for the side that sent it, at each edge, as a FIN does', () => {
  const close = { what: 'websocket', flow: 'down', frame: { kind: 'close', bytes: 4, code: 1000 } }
  const [connection] = connectionsOf([
    at(0, { what: 'open', edge: 'client', from: 'client' }),
    at(5, { what: 'websocket', flow: 'down', edge: 'broker', frame: { kind: 'ping', bytes: 2 } }),
    at(10, { ...close, edge: 'broker' }),
    at(30, { ...close, edge: 'client' }),
    at(5010, { what: 'fin', edge: 'broker', from: 'broker' }),
  ])
  if (!connection) throw new Error('no connection')
  expect(firstEnd(connection, 'broker', ['broker'])?.atMs).toBe(10)
  expect(firstEnd(connection, 'client', ['broker'])?.atMs).toBe(30)
  expect(connection.ends.map(({ what }) => what)).toEqual(['fin', 'fin', 'fin'])
})

test('a close_notify does so too: a client that answers it with a FIN has given nothing up', () => {
  const [connection] = connectionsOf([
    at(0, { what: 'open', edge: 'client', from: 'client' }),
    at(10, { what: 'close-notify', edge: 'broker', from: 'broker' }),
    at(11, { what: 'close-notify', edge: 'client', from: 'broker' }),
    at(12, { what: 'fin', edge: 'client', from: 'client' }),
  ])
  if (!connection) throw new Error('no connection')
  expect(firstEnd(connection, 'broker', ['broker'])?.atMs).toBe(10)
  expect(firstEnd(connection, 'client', ['broker', 'client'])?.from).toBe('broker')
})
