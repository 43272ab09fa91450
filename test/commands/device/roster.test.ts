import { expect, test } from 'vitest'
import { Roster } from '../../../src/commands/device/roster.ts'
import type { Event, PacketSummary } from '../../../src/model/event.ts'

function* connection(conn: number, clientId: string): Generator<Event> {
  const atMs = conn * 10
  const at = (edge: 'client' | 'broker', flow: 'up' | 'down', packet: PacketSummary): Event => ({
    who: 'link',
    what: 'packet',
    flow,
    edge,
    packet,
    conn,
    atMs,
  })
  yield { who: 'link', what: 'open', edge: 'client', from: 'client', conn, atMs }
  yield at('client', 'up', { cmd: 'connect', bytes: 20, clientId, keepaliveS: 2 })
  yield at('client', 'down', { cmd: 'connack', bytes: 4, code: 0 })
  yield at('client', 'up', { cmd: 'publish', bytes: 9, qos: 0 })
}

const closing = (conn: number): Event => ({
  who: 'link',
  what: 'rst',
  edge: 'client',
  from: 'client',
  conn,
  atMs: conn * 10 + 5,
})

const roster = (mostLines?: number) => new Roster({ tls: false, addressOf: () => '10.0.0.1' }, mostLines)

/** Its work, in looks at a connection, for each event. */
function stepsPerEvent(connects: number): number {
  const seen = roster()
  let events = 0
  for (let conn = 1; conn <= connects; conn++)
    for (const event of [...connection(conn, 'device'), closing(conn)]) {
      seen.see(event)
      void seen.ready
      events++
    }
  return seen.steps / events
}

test('its work for an event does not grow with the connections there were', () => {
  expect(stepsPerEvent(400)).toBeLessThan(4)
  expect(stepsPerEvent(4000)).toBeLessThan(4)
  expect(stepsPerEvent(40_000)).toBeLessThan(4)
})

test('of very many connections it keeps the last, and counts all', () => {
  const seen = roster(100)
  for (let conn = 1; conn <= 5000; conn++)
    for (const event of [...connection(conn, 'device'), closing(conn)]) seen.see(event)
  expect(seen.lines.length).toBeLessThanOrEqual(101)
  expect(seen.connections).toBe(5000)
  expect(seen.published).toBe(5000)
  expect(seen.first?.conn).toBe(1)
  expect(seen.belongs(17)).toBe(true)
  expect(seen.current).toBeUndefined()
  for (const event of connection(5001, 'device')) seen.see(event)
  expect(seen.current?.conn).toBe(5001)
})

test('another client at the same address is told apart by its CONNECT, and named once', () => {
  const seen = roster()
  for (const event of connection(1, 'device')) seen.see(event)
  const [opening, ...rest] = connection(2, 'stranger')
  if (opening) seen.see(opening)
  expect(seen.belongs(2)).toBe(true)
  for (const event of rest) seen.see(event)
  for (const event of connection(3, 'stranger')) seen.see(event)
  expect(seen.belongs(2)).toBe(false)
  expect(seen.others).toEqual(['stranger'])
  expect(seen.current?.conn).toBe(1)
})

test('who came before the device was known is placed when it is', () => {
  const seen = new Roster({ tls: false, clientId: 'wanted', addressOf: () => '10.0.0.1' })
  for (const event of connection(1, 'first')) seen.see(event)
  expect(seen.device).toBeUndefined()
  for (const event of connection(2, 'wanted')) seen.see(event)
  expect(seen.device?.clientId).toBe('wanted')
  expect(seen.others).toEqual(['first'])
  expect(seen.own.map(({ conn }) => conn)).toEqual([2])
})
