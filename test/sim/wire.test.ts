import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Record } from '../../src/clock/kit.ts'
import { virtualClock } from '../../src/clock/virtual.ts'
import type { LinkOrder } from '../../src/faults/fault.ts'
import { FLOWS, type Flow } from '../../src/model/flow.ts'
import { Readers } from '../../src/sim/readers.ts'
import { SimulatedWire } from '../../src/sim/wire.ts'

const LATENCY_MS = 20

/** A wire whose two ends write down what happens to them, with the time before it. */
function stage({ latencyMs = LATENCY_MS, accept = true } = {}) {
  const clock = virtualClock()
  const notes: string[] = []
  const note = (text: string) => notes.push(`${clock.nowMs()} ${text}`)
  const record: Record = () => {}
  const brokers: Duplex[] = []
  const kit = { clock, record, random: () => 0.5, runId: 'w' }
  const readers = new Readers(clock, kit.random)
  const wire = new SimulatedWire({ ...kit, readers }, { latencyMs, jitterMs: 0 }, stream => {
    note('broker accepted')
    brokers.push(stream)
    if (accept) listen('broker', stream)
  })
  const listen = (name: string, stream: Duplex) => {
    stream.on('connect', () => note(`${name} connect`))
    stream.on('data', bytes => note(`${name} got ${bytes}`))
    stream.on('end', () => note(`${name} end`))
    stream.on('error', (error: NodeJS.ErrnoException) => note(`${name} ${error.code}`))
    stream.on('close', () => note(`${name} closed`))
  }
  const dial = () => {
    const client = wire.dial()
    listen('client', client)
    return client
  }
  const blackhole = (flows: readonly Flow[] = FLOWS, holds = 'everything') =>
    order({ to: 'link', do: 'add', key: 'k', toxic: 'blackhole', attributes: { recovery: 'retransmit', holds }, flows })
  const order = (given: LinkOrder) => wire.order(given, 'test#0')
  const heal = () => order({ to: 'link', do: 'remove', key: 'k' })
  const broker = (): Duplex => {
    const [first] = brokers
    if (!first) throw new Error('no broker end yet')
    return first
  }
  return { clock, notes, wire, dial, blackhole, heal, order, broker }
}

describe('opening', () => {
  test('takes one round trip; what was written before waits', async () => {
    const { clock, notes, dial } = stage()
    dial().write('hello')
    await clock.advanceTo(1000)
    expect(notes).toEqual(['20 broker accepted', '40 client connect', '60 broker got hello'])
  })

  test.each([
    [500, 1000],
    [2900, 3000],
    [6999, 7000],
    [14_000, 15_000],
    [62_000, 63_000],
  ])('a SYN that is lost until %i ms is sent again at %i ms', async (healMs, retryMs) => {
    const { clock, notes, dial, blackhole, heal } = stage({ latencyMs: 0 })
    blackhole()
    dial()
    await clock.advanceTo(healMs)
    heal()
    await clock.advanceTo(200_000)
    expect(notes).toEqual([`${retryMs} broker accepted`, `${retryMs} client connect`])
  })

  test('is given up after 127 s', async () => {
    const { clock, notes, dial, blackhole, heal } = stage()
    blackhole()
    dial().write('hello')
    await clock.advanceTo(200_000)
    heal()
    await clock.advanceTo(400_000)
    expect(notes).toEqual(['127000 client ETIMEDOUT', '127000 client closed'])
  })

  test('a client that hangs up while its SYN is lost was never there', async () => {
    const { clock, notes, dial, blackhole, heal } = stage()
    blackhole()
    const client = dial()
    await clock.advanceTo(5000)
    client.destroy()
    heal()
    await clock.advanceTo(100_000)
    expect(notes).toEqual(['5000 client closed'])
    expect(clock.live).toBe(0)
  })
})

describe('closing', () => {
  test('a FIN is answered with a FIN, and neither end hears of an error', async () => {
    const { clock, notes, dial } = stage()
    const client = dial()
    await clock.advanceTo(100)
    client.end('bye')
    await clock.advanceTo(1000)
    expect(notes.slice(2)).toEqual([
      '120 broker got bye',
      '120 broker end',
      '120 broker closed',
      '140 client end',
      '140 client closed',
    ])
    expect(clock.live).toBe(0)
  })

  test('a socket that was closed answers what still arrives with an RST', async () => {
    const { clock, notes, dial, broker } = stage()
    const client = dial()
    await clock.advanceTo(100)
    broker().write('on its way')
    client.destroy()
    await clock.advanceTo(1000)
    expect(notes.slice(2)).toEqual(['100 client closed', '120 broker end', '120 broker closed'])
    expect(clock.live).toBe(0)
  })

  test('an end that allows half-open connections does not close when the other does', async () => {
    const { clock, notes, dial, broker } = stage()
    const client = dial()
    client.allowHalfOpen = true
    await clock.advanceTo(100)
    broker().end()
    await clock.advanceTo(1000)
    client.write('still here')
    await clock.advanceTo(2000)
    expect(notes.slice(2)).toEqual(['120 client end', '1020 broker got still here'])
  })
})

describe('under a blackhole', () => {
  test('bytes are sent again at R, 2R, 4R ..., R = 208 ms + RTT, and arrive once and in order', async () => {
    const { clock, notes, dial, blackhole, heal } = stage()
    const client = dial()
    await clock.advanceTo(1000)
    blackhole()
    client.write('one ')
    await clock.advanceTo(1200)
    client.write('two')
    await clock.advanceTo(2100)
    heal()
    await clock.advanceTo(10_000)
    // Lost at 1020, sent again after 248, 496, 992 and 1984 ms.
    expect(notes.slice(2)).toEqual(['3004 broker got one ', '3004 broker got two'])
  })

  test('a sender gives up after about 924 s, and a broker that never sent anything does not', async () => {
    const { clock, notes, dial, blackhole } = stage()
    const client = dial()
    await clock.advanceTo(1000)
    blackhole()
    client.write('x')
    await clock.advanceTo(2_000_000)
    expect(notes.slice(2)).toEqual(['925600 client ETIMEDOUT', '925600 client closed'])
  })

  test('a path that comes back in time saves the connection', async () => {
    const { clock, notes, dial, blackhole, heal } = stage()
    const client = dial()
    await clock.advanceTo(1000)
    blackhole()
    client.write('x')
    await clock.advanceTo(800_000)
    heal()
    await clock.advanceTo(2_000_000)
    expect(notes).toHaveLength(3)
    expect(notes[2]).toMatch(/broker got x$/)
  })

  test('a FIN that is lost for 102 s is forgotten; then the next packet from the peer draws an RST', async () => {
    const { clock, notes, dial, blackhole, heal, broker } = stage()
    const client = dial()
    await clock.advanceTo(1000)
    blackhole()
    client.destroy()
    await clock.advanceTo(200_000)
    heal()
    await clock.advanceTo(300_000)
    broker().write('anybody?')
    await clock.advanceTo(400_000)
    expect(notes.slice(2)).toEqual(['1000 client closed', '300040 broker ECONNRESET', '300040 broker closed'])
    expect(clock.live).toBe(0)
  })

  test('an end that gave up meanwhile is found out by the other, after the heal', async () => {
    const { clock, notes, dial, blackhole, heal, broker } = stage()
    const client = dial()
    await clock.advanceTo(1000)
    blackhole()
    broker().write('held')
    client.destroy()
    await clock.advanceTo(50_000)
    heal()
    await clock.advanceTo(400_000)
    expect(notes.slice(2, 4)).toEqual(['1000 client closed', expect.stringMatching(/broker (end|ECONNRESET)$/)])
    expect(clock.live).toBe(0)
  })
})

test('an end that does not read holds the other back, and loses nothing', async () => {
  const { clock, dial, broker } = stage({ accept: false })
  const client = dial()
  await clock.advanceTo(100)
  const chunk = Buffer.alloc(64 * 1024)
  let written = 0
  const fill = () => {
    while (written < 400 && client.write(chunk)) written++
  }
  client.on('drain', fill)
  fill()
  await clock.advanceTo(1000)
  const before = written
  expect(before).toBeLessThan(400)
  let got = 0
  broker().on('data', bytes => {
    got += bytes.length
  })
  for (let ms = 1000; ms < 60_000; ms += 100) await clock.advanceTo(ms)
  expect(written).toBe(400)
  expect(got).toBeGreaterThanOrEqual(400 * chunk.length)
})

test('disposing leaves no timer and tells nobody', async () => {
  const { clock, notes, wire, dial } = stage()
  dial()
  dial()
  await clock.advanceTo(100)
  wire.dispose()
  expect(clock.live).toBe(0)
  const before = notes.filter(note => !note.endsWith('closed')).length
  await clock.advanceTo(10_000)
  expect(notes.filter(note => !note.endsWith('closed'))).toHaveLength(before)
})
