import { expect, it } from 'vitest'
import { virtualClock } from '../../src/clock/virtual.ts'
import { every, startTraffic } from '../../src/engine/play.ts'
import { placeOfTopic } from '../../src/peers/clients/client-identity.ts'
import { decodePayload } from '../../src/peers/clients/payload.ts'

it('never drifts, and stops when it is told to, also from within', async () => {
  const clock = virtualClock()
  const dates: number[] = []
  const cancel = every(clock, 50, 300, count => {
    dates.push(clock.nowMs())
    if (count === 3) cancel()
  })
  await clock.advanceTo(10_000)
  expect(dates).toEqual([350, 650, 950])
})

it('makes up for what was due while the thread stood still, and lets others speak in between', () => {
  const waiting: { atMs: number; act: () => void }[] = []
  let nowMs = 0
  const clock = {
    ...virtualClock(),
    nowMs: () => nowMs,
    at: (atMs: number, act: () => void) => {
      waiting.push({ atMs, act })
      return () => {}
    },
  }
  const counts: number[] = []
  every(clock, 0, 10, count => counts.push(count))
  nowMs = 55
  waiting.shift()?.act()
  expect(counts).toEqual([1, 2, 3, 4, 5])
  expect(waiting).toMatchObject([{ atMs: 60 }])
  nowMs = 100_000
  waiting.shift()?.act()
  expect(counts).toHaveLength(105)
})

const published = () => {
  const messages: string[] = []
  const publish = (flow: string) => (message: { topic: string; payload: Buffer; qos: number }, seq: number) => {
    const place = placeOfTopic('r', message.topic)
    messages.push(
      `${flow}: ${place?.device} ${place?.kind} ${decodePayload(message.payload)?.seq} ${seq} qos ${message.qos}`,
    )
  }
  return { messages, publish }
}

it('sends the client its messages up, and the witness its messages down, each with its number', async () => {
  const clock = virtualClock()
  const { messages, publish } = published()
  const stop = startTraffic(
    { publishing: { qos: 0, every: { ms: 0, k: 0.5 } }, receiving: { qos: 2, every: { ms: 1500, k: 0 } } },
    4,
    { publish: publish('client'), async [Symbol.asyncDispose]() {} },
    {
      clock,
      runId: 'r',
      keepaliveMs: 2000,
      fromMs: 0,
      bench: { witness: { publish: publish('witness') } },
      trouble: error => messages.push(String(error)),
    },
  )
  await clock.advanceTo(2000)
  stop()
  await clock.advanceTo(9000)
  expect(messages).toEqual(['client: 4 up 1 1 qos 0', 'witness: 4 down 1 1 qos 2', 'client: 4 up 2 2 qos 0'])
})

it('is in trouble, once, with a client that can not publish', async () => {
  const clock = virtualClock()
  const troubles: unknown[] = []
  const { publish } = published()
  startTraffic(
    { publishing: { qos: 0, every: { ms: 100, k: 0 } } },
    1,
    { async [Symbol.asyncDispose]() {} },
    {
      clock,
      runId: 'r',
      keepaliveMs: 2000,
      fromMs: 0,
      bench: { witness: { publish: publish('witness') } },
      trouble: error => troubles.push(error),
    },
  )
  await clock.advanceTo(1000)
  expect(troubles).toHaveLength(1)
})
