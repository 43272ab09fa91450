import { describe, expect, it } from 'vitest'
import type { Order } from '../../src/faults/fault.ts'
import { faults } from '../../src/faults/index.ts'
import { toxics } from '../../src/link/toxics/index.ts'

/** What a scenario may write, for each fault. */
const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  blackhole: [{}, { direction: 'up' }, { direction: 'down', recovery: 'at-once' }],
  'idle-cut': [
    { after: '1.5K' },
    { after: '1.5K', on_next: 'rst-sender', refreshed_by: 'each-own', activity: 'any-byte' },
    'aws-nlb',
    { preset: 'aws-natgw', after: '1K' },
    { after: '2s', on_next: { inside: 'rst-sender', outside: 'drop' } },
  ],
  'state-loss': [{}, { activity: 'packet', on_next: 'rst-sender', recreate: 'outbound' }],
  evict: [{ sessions: 2 }, { sessions: 1200, on_next: 'rst-both', activity: 'packet' }],
  delay: [{ latency: '1K' }, { latency: '20ms', jitter: '5ms', direction: 'down' }],
  bandwidth: [{ rate: 1000 }],
  slice: [{ average_size: 10 }, { average_size: 10, size_variation: 3, delay: '5ms' }],
  swallow: [{ packets: ['pingresp', 'connack'] }],
  'stall-reads': [{}, { side: 'client' }, { side: 'broker' }],
  'slow-reads': [{ rate: 1000 }, { rate: 20, side: 'broker' }],
  reset: [{}, { side: 'client' }],
  close: [{}, { side: 'broker' }],
  'max-age': [{ after: '600s' }, { after: '2K', on_expiry: 'rst-both' }],
  draining: [{}, { after: '1K', how: 'rst' }],
  roam: [{}],
  rebind: [{}],
  'interface-down': [{}],
  'tls-handshake': [{ how: 'stall' }, { how: 'expired' }],
  freeze: [{}, { peer: 'broker' }, { peer: 'client' }],
  kill: [{}],
  sleep: [{}, { clocks: 'running' }],
  'clock-step': [{ by: '+1h' }, { peer: 'broker', by: '-30s', clocks: 'all' }],
  'clock-drift': [{ percent: -5 }, { peer: 'broker', percent: 0.02 }],
}

const cases = [...faults.values()].flatMap(fault =>
  (EXAMPLES[fault.name] ?? [undefined]).map(example => ({
    fault,
    example,
    text: `${fault.name} ${JSON.stringify(example)}`,
  })),
)
const keyed = (orders: readonly Order[], ...what: readonly string[]) =>
  orders.flatMap(order => (order.to === 'link' && 'key' in order && what.includes(order.do) ? [order.key] : []))

describe.each(cases)('$text', ({ fault, example }) => {
  const params = fault.options.parse(example)

  it('orders toxics that exist, with attributes that they take', () => {
    const added = fault.on(params, 2000).flatMap(order => (order.to === 'link' && order.do === 'add' ? [order] : []))
    const wrong = added.filter(({ toxic, attributes, flows }) => {
      const kind = toxics.get(toxic)
      return !kind?.options.safeParse(attributes).success || flows.length === 0
    })
    expect(wrong).toEqual([])
  })

  it('takes away again exactly what it added', () => {
    // Some do so at once: what they did to a connection stays done.
    const all = [...fault.on(params, 2000), ...fault.off(params, 2000)]
    expect(keyed(all, 'remove')).toEqual(keyed(all, 'add', 'limit'))
  })

  it('gives the same orders each time', () => {
    expect(fault.on(params, 2000)).toEqual(fault.on(params, 2000))
  })
})

const on = (name: string, params: unknown, keepaliveMs = 2000) => {
  const fault = faults.get(name)
  return fault?.on(fault.options.parse(params), keepaliveMs)
}

describe('what faults mean', () => {
  it('durations in K follow the keep-alive in force', () => {
    expect(on('idle-cut', { after: '1.5K + 1s' }, 4000)).toMatchObject([{ attributes: { afterMs: 7000 } }])
    expect(on('delay', { latency: '1K' }, 4000)).toMatchObject([{ attributes: { latencyMs: 4000, jitterMs: 0 } }])
  })

  it('a path that is dead downwards opens no connections, though upwards it carries data', () => {
    expect(on('blackhole', { direction: 'down' })).toMatchObject([
      { key: 'path', flows: ['down'], attributes: { holds: 'everything' } },
      { key: 'opening', flows: ['up'], attributes: { holds: 'opening' } },
    ])
  })

  it('reset and close name the side that is told', () => {
    expect(on('reset', { side: 'client' })).toEqual([{ to: 'link', do: 'end', side: 'client', how: 'rst' }])
    expect(on('close', {})).toEqual([{ to: 'link', do: 'end', side: 'both', how: 'fin' }])
  })

  it('freeze thaws and kill restarts', () => {
    const pairs = ['freeze', 'kill'].map(name => {
      const fault = faults.get(name)
      return [...(fault?.on({ peer: 'broker' }, 0) ?? []), ...(fault?.off({ peer: 'broker' }, 0) ?? [])]
    })
    expect(pairs.flat().map(order => order.do)).toEqual(['freeze', 'thaw', 'kill', 'restart'])
  })

  it.each([
    ['delay', { latency: 'soon' }],
    ['delay', { latencyMs: 20 }],
    ['bandwidth', { rate: 0 }],
    ['slice', { average_size: 10, size_variation: 10 }],
    ['swallow', { packets: [] }],
    ['swallow', { packets: ['pong'] }],
    ['idle-cut', {}],
    ['freeze', { peer: 'witness' }],
    ['max-age', { after: '0s' }],
    ['max-age', {}],
    ['draining', { how: 'gently' }],
    ['roam', { to: '10.0.0.1' }],
    ['stall-reads', { side: 'up' }],
    ['slow-reads', {}],
    ['slow-reads', { rate: 0 }],
    ['clock-step', { by: '1 K' }],
    ['clock-drift', { percent: 0 }],
    ['sleep', { peer: 'broker' }],
    ['tls-handshake', {}],
    ['tls-handshake', { how: 'revoked' }],
  ])('%s refuses %j', (name, params) => {
    expect(faults.get(name)?.options.safeParse(params).success).toBe(false)
  })
})
