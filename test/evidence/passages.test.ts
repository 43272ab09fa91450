import { describe, expect, test } from 'vitest'
import { passagesOf } from '../../src/evidence/passages.ts'
import type { Event, PacketName } from '../../src/model/event.ts'
import type { Flow, Side } from '../../src/model/flow.ts'

const packet = (atMs: number, edge: Side, flow: Flow = 'up', cmd: PacketName = 'pingreq', conn = 1): Event => ({
  atMs,
  conn,
  who: 'link',
  what: 'packet',
  flow,
  edge,
  packet: { cmd, bytes: 2 },
})

describe('which packet that left is which that entered', () => {
  test('one after the other', () => {
    const events = [packet(0, 'client'), packet(1, 'broker'), packet(1000, 'client'), packet(1001, 'broker')]
    expect(passagesOf(events)).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  test('what was held and released keeps its order', () => {
    const events = [packet(0, 'client'), packet(1000, 'client'), packet(5000, 'broker'), packet(5000, 'broker')]
    expect(passagesOf(events)).toEqual([
      [0, 2],
      [1, 3],
    ])
  })

  test('one that was swallowed does not take the date of the next', () => {
    const events = [
      packet(0, 'client'),
      packet(1, 'broker'),
      packet(1000, 'client'),
      packet(2000, 'client'),
      packet(2001, 'broker'),
    ]
    expect(passagesOf(events)).toEqual([
      [0, 1],
      [2, -1],
      [3, 4],
    ])
  })

  test('a dead path takes all that follow', () => {
    const events = [packet(0, 'client'), packet(1, 'broker'), packet(1000, 'client'), packet(2000, 'client')]
    expect(passagesOf(events)).toEqual([
      [0, 1],
      [2, -1],
      [3, -1],
    ])
  })

  test('connections, flows and packets of other looks are told apart', () => {
    const events = [
      packet(0, 'client', 'up', 'pingreq', 1),
      packet(0, 'client', 'up', 'pingreq', 2),
      packet(1, 'broker', 'up', 'pingreq', 2),
      packet(2, 'broker', 'down', 'pingresp', 2),
      packet(3, 'client', 'down', 'pingresp', 2),
    ]
    expect(passagesOf(events)).toEqual([
      [0, -1],
      [1, 2],
      [3, 4],
    ])
  })

  test('what left without having entered is not made up', () => {
    expect(passagesOf([packet(0, 'broker')])).toEqual([])
  })
})
