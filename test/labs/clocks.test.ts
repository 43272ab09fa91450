import { expect, test } from 'vitest'
import type { ClockOrder } from '../../src/faults/fault.ts'
import { clockLack } from '../../src/labs/clocks.ts'
import { builtIn } from '../../src/plugins.ts'

const { brokers, clients } = builtIn.peers

async function why(order: Omit<ClockOrder, 'do'>, peer: string, speed = 1): Promise<string> {
  const broker = brokers.get(order.to === 'broker' ? peer : 'aedes')
  const client = clients.get(order.to === 'client' ? peer : 'silent')
  if (!broker || !client) throw new Error(`nothing is called ${peer}`)
  const lack = await clockLack([{ ...order, do: 'set-clock' }], { broker, client }, speed)
  return lack === undefined ? 'can' : lack.reason
}

test("a library in a process of ours can have its date set, and not what Node's timers go by", async () => {
  expect(await why({ to: 'client', byMs: 1, wall: true }, 'mqttjs')).toBe('can')
  expect(await why({ to: 'client', byMs: 1, wall: true }, 'mqttjs', 50)).toBe('can')
  expect(await why({ to: 'broker', byMs: 1, wall: false }, 'aedes')).toContain('waits by the timers of Node')
})

test('Go asks the kernel', async () => {
  expect(await why({ to: 'broker', byMs: 1, wall: true }, 'mochi')).toContain('asks the kernel for the time')
  expect(await why({ to: 'client', byMs: 1, wall: false }, 'paho-go', 50)).toContain('asks the kernel for the time')
})

test('a Java machine does not start where its date alone is moved', async () => {
  expect(await why({ to: 'client', byMs: 1, wall: true }, 'hivemq')).toContain('is in Java')
})

test('where time is faster, the date of a program goes with its other clock', async () => {
  expect(await why({ to: 'client', byMs: 1, wall: true }, 'paho-python', 50)).toContain("can't be set alone")
})
