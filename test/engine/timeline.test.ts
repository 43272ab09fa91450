import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Recorded } from '../../src/clock/kit.ts'
import { virtualClock } from '../../src/clock/virtual.ts'
import { playTimeline } from '../../src/engine/timeline.ts'
import type { Fault, LinkOrder, Order } from '../../src/faults/fault.ts'
import { registry } from '../../src/model/plugin.ts'
import type { Step } from '../../src/model/scenario.ts'
import { length } from './scenarios.ts'

const order: Order = { to: 'link', do: 'end', side: 'client', how: 'fin' }
const fault = (name: string, holds: Fault['holds'], on: readonly Order[] = [order]): Fault => ({
  name,
  summary: '',
  options: z.unknown(),
  holds,
  on: () => on,
  off: () => on,
})
const faults = registry<Fault>([
  fault('cut', 'order'),
  fault('timer', 'mark'),
  fault('stop', 'order', [{ to: 'broker', do: 'freeze' }]),
])

const stepOf = (at: string, name: string, lasting?: string): Step => ({
  at: length(at),
  fault: { name, options: {} },
  ...(lasting ? { for: length(lasting) } : {}),
  position: { file: '', line: 1, column: 1 },
})

/** Plays on virtual time with a link that takes 100 ms for every order; what was said, with its date. */
async function played(timeline: readonly Step[], untilMs: number, obey = async () => {}) {
  const clock = virtualClock()
  const told: string[] = []
  const tell = (text: string) => told.push(`${clock.nowMs()} ${text}`)
  const cancel = playTimeline(timeline, {
    clock,
    record: event => tell(`${event.what} ${'fault' in event ? event.fault : ''}`),
    trouble: error => tell(`trouble ${(error as Error).message}`),
    faults,
    zeroMs: 1000,
    keepaliveMs: 2000,
    clients: { async signal() {} },
    bench: {
      link: {
        address: { host: '', port: 0 },
        async order() {
          await new Promise<void>(resolve => clock.at(clock.nowMs() + 100, resolve))
          await obey()
        },
        async [Symbol.asyncDispose]() {},
      },
      broker: { version: '', address: { host: '', port: 0 }, watch: () => () => {}, async [Symbol.asyncDispose]() {} },
    },
  })
  await clock.advanceTo(untilMs)
  cancel()
  await clock.advanceTo(untilMs + 60_000)
  return told
}

it('counts from time 0, in units of K too, and tells asking from holding', async () => {
  expect(await played([stepOf('1.5K', 'cut', '1s')], 20_000)).toEqual([
    '4000 fault-asked cut#0',
    '4100 fault-held cut#0',
    '5100 fault-lifted cut#0',
  ])
})

it('leaves it to the link to say when a timer has run out', async () => {
  expect(await played([stepOf('1s', 'timer')], 20_000)).toEqual(['2000 fault-asked timer#0'])
})

it('lifts a fault only after it came into force', async () => {
  expect(await played([stepOf('1s', 'cut', '10ms')], 20_000)).toEqual([
    '2000 fault-asked cut#0',
    '2100 fault-held cut#0',
    '2200 fault-lifted cut#0',
  ])
})

it('lets two faults overlap, and tells them apart', async () => {
  expect(await played([stepOf('1s', 'cut', '3s'), stepOf('2s', 'cut', '1s')], 20_000)).toEqual([
    '2000 fault-asked cut#0',
    '2100 fault-held cut#0',
    '3000 fault-asked cut#1',
    '3100 fault-held cut#1',
    '4100 fault-lifted cut#1',
    '5100 fault-lifted cut#0',
  ])
})

it('never says that a fault held whose order failed', async () => {
  const fails = async () => {
    throw new Error('no such toxic')
  }
  expect(await played([stepOf('1s', 'cut')], 20_000, fails)).toEqual([
    '2000 fault-asked cut#0',
    '2100 trouble no such toxic',
  ])
})

it('is in trouble with a broker that takes no signals', async () => {
  expect(await played([stepOf('1s', 'stop')], 20_000)).toEqual([
    '2000 fault-asked stop#0',
    "2000 trouble the broker can't freeze",
  ])
})

it('does nothing more once it was called off', async () => {
  expect(await played([stepOf('1s', 'cut', '1s'), stepOf('30s', 'cut')], 2500)).toEqual([
    '2000 fault-asked cut#0',
    '2100 fault-held cut#0',
  ])
})

it('gives a link that can wait its orders 5 s ahead, each with its date, and lifts only after it came into force', async () => {
  const clock = virtualClock()
  const told: string[] = []
  const tell = (text: string) => told.push(`${clock.nowMs()} ${text}`)
  const context = {
    clock: { ...clock, kind: 'real' as const },
    record: (event: Recorded) => tell(`${event.what} ${'fault' in event ? event.fault : ''} at ${event.atMs}`),
    trouble: (error: unknown) => tell(`trouble ${(error as Error).message}`),
    faults,
    zeroMs: 1000,
    keepaliveMs: 2000,
    clients: { signal: async () => {} },
    bench: {
      link: {
        address: { host: '', port: 0 },
        async order() {
          tell('at once')
          return undefined
        },
        async orderAt(_order: LinkOrder, fault: string, atMs: number) {
          tell(`given ${fault} for ${atMs}`)
          await new Promise<void>(resolve => clock.at(atMs, resolve))
          return { atMs: clock.nowMs(), lateMs: 0 }
        },
        async [Symbol.asyncDispose]() {},
      },
      broker: {
        version: '',
        address: { host: '', port: 0 },
        watch: () => () => {},
        signal: async () => void tell('freezes'),
        async [Symbol.asyncDispose]() {},
      },
    },
  }
  await clock.advanceTo(1000)
  playTimeline([stepOf('9s', 'cut', '100ms'), stepOf('0s', 'cut'), stepOf('2s', 'stop')], context)
  await clock.advanceTo(20_000)
  expect(told).toEqual([
    '1000 fault-asked cut#1 at 1000',
    '1000 given cut#1 for 1000',
    '1000 fault-held cut#1 at 1000',
    '3000 fault-asked stop#2 at undefined',
    '3000 freezes',
    '3000 fault-held stop#2 at 3000',
    '5000 fault-asked cut#0 at 10000',
    '5000 given cut#0 for 10000',
    '10000 fault-held cut#0 at 10000',
    '10000 given cut#0 for 10100',
    '10100 fault-lifted cut#0 at 10100',
  ])
})
