import { expect, it } from 'vitest'
import { connections } from '../../src/engine/connections.ts'
import type { Event } from '../../src/model/event.ts'

const sealed = (conn: number, device?: number): Event => ({
  atMs: 0,
  conn,
  ...(device === undefined ? {} : { device }),
  who: 'link',
  what: 'undecoded',
  flow: 'up',
  edge: 'client',
  sealed: 'TLS',
  note: 'looks like TLS',
})
const connect = (conn: number, clientId: string): Event => ({
  atMs: 0,
  conn,
  who: 'link',
  what: 'packet',
  flow: 'up',
  edge: 'client',
  packet: { cmd: 'connect', bytes: 20, clientId },
})

it('a connection belongs to the client whose id its CONNECT carries', () => {
  const known = connections('r')
  known.see(connect(1, 'ho-r-2'))
  known.see(connect(2, 'somebody'))
  expect([known.deviceOn(1), known.deviceOn(2), known.deviceOn(undefined)]).toEqual([2, undefined, undefined])
  expect(known.sealOf(2)).toBeUndefined()
})

it('a sealed one belongs to the only client, or to nobody that is known', () => {
  const alone = connections('r', true)
  alone.see(sealed(1))
  expect([alone.deviceOn(1), alone.sealOf(1)]).toEqual([1, 'TLS'])
  const many = connections('r')
  many.see(sealed(1))
  expect([many.deviceOn(1), many.sealOf(1)]).toEqual([undefined, undefined])
})

it('or to the one whose door it came in by', () => {
  const many = connections('r')
  many.see({ atMs: 0, conn: 7, device: 3, who: 'link', what: 'open', edge: 'client', from: 'client' })
  expect([many.deviceOn(7), many.sealOf(3)]).toEqual([3, undefined])
  many.see(sealed(7, 3))
  expect([many.deviceOn(7), many.sealOf(3), many.sealOf(1)]).toEqual([3, 'TLS', undefined])
})

it('the only client may have an id of its own; what it opens beside it is another client', () => {
  const alone = connections('r', true)
  const end = (conn: number): Event => ({ atMs: 0, conn, who: 'link', what: 'fin', edge: 'client', from: 'client' })
  alone.see(connect(1, 'my-device'))
  alone.see(connect(2, 'config'))
  expect([alone.deviceOn(1), alone.deviceOn(2), alone.strangers()]).toEqual([1, undefined, ['config']])
  alone.see(end(1))
  alone.see(connect(3, 'config'))
  alone.see(connect(4, 'my-device-2'))
  expect([alone.deviceOn(3), alone.deviceOn(4)]).toEqual([undefined, 1])
})

it('where the id that was given comes, no other is taken for it', () => {
  const alone = connections('r', true)
  alone.see(connect(1, 'ho-r-1'))
  alone.see({ atMs: 0, conn: 1, who: 'link', what: 'fin', edge: 'client', from: 'client' })
  alone.see(connect(2, 'other'))
  expect([alone.deviceOn(1), alone.deviceOn(2)]).toEqual([1, undefined])
})
