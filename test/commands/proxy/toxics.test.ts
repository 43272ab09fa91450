/** On virtual time, so exact to the millisecond; what they must do is held by the suite beside the real server. */
import { describe, expect, it } from 'vitest'
import { Toxics } from '../../../src/commands/proxy/toxic-list.ts'
import { Bench } from '../../link/pipe/bench.ts'

function toxicsOn(bench: Bench, seed = 1) {
  return new Toxics(bench.hub, 'p', seed)
}

describe('toxics on the wire', () => {
  it('an update of latency re-times what waits from when it came, and lets the first go', async () => {
    const bench = new Bench()
    const toxics = toxicsOn(bench)
    toxics.add({ type: 'latency', name: 'l', stream: 'upstream', attributes: { latency: 5000 } })
    const { client, broker } = bench.open()
    for (const [atMs, letter] of [
      [0, 'a'],
      [100, 'b'],
      [200, 'c'],
    ] as const) {
      await bench.to(atMs)
      client.send(letter)
    }
    client.end()
    await bench.to(300)
    toxics.update('l', () => ({ attributes: { latency: 400 } }))
    await bench.to(2000)
    expect(broker.got).toEqual(['0 open', '300 a', '500 b', '600 c', '600 fin'])
  })

  it('what timeout closes goes through the later toxics of its stream, then through those of the other', async () => {
    const bench = new Bench()
    const toxics = toxicsOn(bench)
    toxics.add({ type: 'timeout', attributes: { timeout: 100 } })
    toxics.add({ type: 'slow_close', attributes: { delay: 50 } })
    toxics.add({ type: 'slow_close', stream: 'upstream', attributes: { delay: 300 } })
    const { client, broker } = bench.open()
    await bench.to(1000)
    expect([client.got, broker.got]).toEqual([['150 fin'], ['0 open', '450 fin']])
    expect([client.closed, broker.closed]).toEqual([true, true])
  })

  it('reset_peer goes on counting through an update once it has begun', async () => {
    const bench = new Bench()
    const toxics = toxicsOn(bench)
    toxics.add({ type: 'reset_peer', name: 'r', attributes: { timeout: 200 } })
    const { client, broker } = bench.open()
    broker.send('x')
    await bench.to(150)
    toxics.update('r', () => ({ attributes: { timeout: 9000 } }))
    await bench.to(1000)
    expect([client.got, broker.got]).toEqual([['200 rst'], ['0 open', '200 rst']])
  })

  it('limit_data counts on through an update', async () => {
    const bench = new Bench()
    const toxics = toxicsOn(bench)
    toxics.add({ type: 'limit_data', name: 'd', attributes: { bytes: 100 } })
    const { client, broker } = bench.open()
    broker.send('abc')
    toxics.update('d', () => ({ attributes: { bytes: 5 } }))
    broker.send('defg')
    expect(client.text).toBe('abc|de|fin')
  })

  it('slicer halves, with a pause after each piece, in microseconds', async () => {
    const bench = new Bench()
    toxicsOn(bench).add({ type: 'slicer', attributes: { average_size: 2, delay: 10_000 } })
    const { client, broker } = bench.open()
    broker.send('12345678')
    broker.end()
    await bench.to(1000)
    expect(client.got).toEqual(['0 12', '10 34', '20 56', '30 78', '40 fin'])
  })

  it('slicer without a size cuts into single bytes, where Toxiproxy crashes', async () => {
    const bench = new Bench()
    toxicsOn(bench).add({ type: 'slicer', attributes: { size_variation: 50 } })
    toxicsOn(bench).add({ type: 'bandwidth', name: 'b', stream: 'upstream', attributes: { rate: -1 } })
    const { client, broker } = bench.open()
    broker.send(Buffer.alloc(400, 'x'))
    client.send('y')
    await bench.to(1000)
    expect([client.text.replaceAll('|', '').length, broker.text]).toEqual([400, 'open'])
  })

  it('hit the same connections for the same seed, whatever other toxics there are', () => {
    const pattern = (seed: number, other: boolean) => {
      const bench = new Bench()
      const toxics = toxicsOn(bench, seed)
      if (other) toxics.add({ type: 'noop', toxicity: 0.5 })
      toxics.add({ type: 'timeout', toxicity: 0.5 })
      return Array.from({ length: 64 }, () => {
        const { client, broker } = bench.open()
        broker.send('x')
        return client.text === '' ? '-' : 'x'
      }).join('')
    }
    expect(pattern(1, true)).toBe(pattern(1, false))
    expect(pattern(2, false)).not.toBe(pattern(1, false))
  })

  it('a removed idle_cut keeps a forgotten connection dead, and one of the same name can be added and removed', async () => {
    const bench = new Bench()
    const toxics = toxicsOn(bench)
    const idle = { type: 'idle_cut', name: 'i', attributes: { after: 100 } }
    toxics.add(idle)
    const old = bench.open()
    await bench.to(200)
    toxics.remove('i')
    toxics.add(idle)
    const young = bench.open()
    toxics.remove('i')
    old.client.send('x')
    young.client.send('x')
    await bench.to(1000)
    expect([old.broker.text, young.broker.text]).toEqual(['open', 'open|x'])
  })
})
