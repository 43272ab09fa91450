import { expect, test } from 'vitest'
import { floodsIn, floodsOf } from '../../src/judge/floods.ts'
import { publishing, run } from '../evidence/builder.ts'
import { storm } from '../evidence/storm.ts'

test('a client that pings without a pause is told, with how many and when', () => {
  const steady = run({ keepaliveS: 2 }).connect(0)
  for (let i = 0; i < 400; i++) steady.ping(1000 + i * 5)
  expect(floodsOf(steady.ended(6000))).toEqual([
    'a flood: the client sent 400 PINGREQ on connection 1 in 2.00 s, up to 200 in one second, from 1.00 s on',
  ])
})

test('what the scenario asks for is no flood, and twice of it is none', () => {
  const asked = run({ keepaliveS: 2, traffic: { publishing: { qos: 0, every: { ms: 2, k: 0 } } } }).connect(0)
  const unasked = run({ keepaliveS: 2, traffic: publishing(0) }).connect(0)
  for (const each of [asked, unasked])
    for (let i = 0; i < 2000; i++) each.up(1000 + i, 'publish', { qos: 0, topic: 'a' })
  expect(floodsOf(asked.ended(6000))).toEqual([])
  expect(floodsOf(unasked.ended(6000))).toEqual([
    expect.stringMatching(
      /^a flood: the client sent 2000 PUBLISH of QoS 0 on connection 1 in 2.00 s, up to 1000 in one/,
    ),
  ])
})

test('a client that opens connection after connection is told', () => {
  const evidence = storm({
    perS: 1,
    what: 'pings',
    answerMs: 1,
    pauseMs: 0,
    faultMs: undefined,
    fault: 'deaf',
    end: 'none',
    endMs: 9000,
    reconnects: 300,
    again: { count: 0, forMs: 1 },
  })
  expect(floodsOf(evidence)[0]).toMatch(/^a flood: the client opened 301 connections in .*, up to 301 in one second/)
})

test('a client at its interval is none, nor is one that comes back once in a while', () => {
  const calm = run({ keepaliveS: 2 }).connect(0).ping(2000).ping(4000).end(5000, 'client', 'client', 'fin')
  expect(floodsOf(calm.ended(6000))).toEqual([])
})

test('a broker that answers what nobody asks is told, and one that answers a flood is not', () => {
  const unasked = run({ keepaliveS: 2 }).connect(0).ping(500)
  for (let i = 0; i < 400; i++) unasked.down(1000 + i * 5, 'pingresp')
  expect(floodsIn(unasked.ended(6000))).toEqual([
    {
      by: 'broker',
      peak: 200,
      text: expect.stringMatching(/^a flood: the broker sent 401 PINGRESP on connection 1 in 2\.\d+ s/),
    },
  ])
})

test('of a part of a record only what is in it counts', () => {
  const steady = run({ keepaliveS: 2 }).connect(0)
  for (let i = 0; i < 400; i++) steady.ping(1000 + i * 5)
  const { header, events } = steady.ended(6000)
  const late = events.filter(({ atMs }) => atMs >= 2000)
  expect(floodsIn({ header, events: late })[0]?.text).toMatch(
    /^a flood: the client sent 200 PINGREQ on connection 1 in 995 ms/,
  )
})
