import { describe, expect, it } from 'vitest'
import { toxics } from '../../src/link/toxics/index.ts'
import { FLOWS, type Flow } from '../../src/model/flow.ts'
import { Bench, type Pair } from '../link/pipe/bench.ts'

/**
 * What every toxic must keep to, looped over all of them. `loses`: it takes bytes away for good, as its name says.
 */
const EXAMPLES: Readonly<Record<string, { readonly attributes: unknown; readonly loses?: true }[]>> = {
  noop: [{ attributes: {} }],
  blackhole: [
    { attributes: { recovery: 'retransmit' } },
    { attributes: { recovery: 'at-once' } },
    { attributes: { recovery: 'retransmit', holds: 'opening' } },
  ],
  delay: [{ attributes: { latencyMs: 300, jitterMs: 250 } }],
  bandwidth: [{ attributes: { bytesPerS: 400 } }],
  slice: [{ attributes: { averageBytes: 5, variationBytes: 4, delayMs: 7 } }],
  swallow: [{ attributes: { packets: ['pingreq', 'publish'] }, loses: true }],
  'idle-cut': [
    { attributes: idle({ recreate: 'none' }), loses: true },
    { attributes: idle({ recreate: 'outbound', scope: 'inbound-only' }) },
    { attributes: idle({ refreshedBy: 'each-own', recreate: 'outbound' }) },
  ],
  // Bytes that are no step of a handshake are none of its business.
  handshake: [{ attributes: { how: 'stall' } }, { attributes: { how: 'expired' } }],
  'max-age': [
    { attributes: { afterMs: 1500, onExpiry: 'fin-both' }, loses: true },
    { attributes: { afterMs: 1500, onExpiry: 'rst-both' }, loses: true },
  ],
  draining: [
    { attributes: { afterMs: 1500, how: 'fin' }, loses: true },
    { attributes: { afterMs: 1500, how: 'rst' }, loses: true },
  ],
  'stall-reads': [{ attributes: {} }],
  'slow-reads': [{ attributes: { bytesPerS: 400 } }, { attributes: { bytesPerS: 2 } }],
}

function idle(some: object): object {
  const box = { afterMs: 150, refreshedBy: 'both', onExpiry: 'silent', onNext: 'drop', scope: 'both', recreate: 'none' }
  return { ...box, ...some }
}

const cases = [...toxics.keys()].flatMap(name =>
  (EXAMPLES[name] ?? []).map(example => ({ name, ...example, text: `${name} ${JSON.stringify(example.attributes)}` })),
)

const ONE_DAY_MS = 86_400_000
/** Whole PINGREQ, PINGRESP and PUBLISH packets with numbers in them, and one that is cut in two. */
const chunks = (flow: Flow): Buffer[] => {
  const ping = Buffer.from([flow === 'up' ? 0xc0 : 0xd0, 0])
  const publish = (n: number) => Buffer.from(`\x30\x08\x00\x01t${String(n).padStart(5, '0')}`, 'latin1')
  const numbered = Array.from({ length: 40 }, (_, n) => (n % 3 === 0 ? ping : publish(n)))
  return [...numbered, publish(98).subarray(0, 4), Buffer.concat([publish(98).subarray(4), ping, publish(99)])]
}

/** Both sides send a chunk every 50 ms, with a silence in the middle; the toxic works in the second quarter of it. */
async function play(name: string, attributes: unknown, act: (pair: Pair, bench: Bench) => void = () => {}) {
  const bench = new Bench({ latencyMs: 3, jitterMs: 0 })
  const pair = bench.open()
  const sent: Record<Flow, Buffer[]> = { up: chunks('up'), down: chunks('down') }
  for (let step = 0; step < sent.up.length; step++) {
    await bench.to(100 + step * 50 + (step >= 15 ? 500 : 0))
    if (step === 10) bench.add(name, attributes)
    if (step === 12) bench.open()
    if (step === 20) bench.lift(`${name}#0`)
    pair.broker.send(sent.down[step] ?? Buffer.alloc(0))
    pair.client.send(sent.up[step] ?? Buffer.alloc(0))
  }
  act(pair, bench)
  await bench.to(ONE_DAY_MS)
  return { bench, pair, sent: { up: Buffer.concat(sent.up), down: Buffer.concat(sent.down) } }
}

const received = ({ client, broker }: Pair, flow: Flow): string =>
  (flow === 'up' ? broker : client).got
    .map(line => line.slice(line.indexOf(' ') + 1))
    .filter(text => !['open', 'fin', 'rst'].includes(text))
    .join('')

/** Whether all of `part` occurs in `whole`, in order. */
function isSubsequence(part: string, whole: string): boolean {
  let at = 0
  for (const char of whole) if (char === part[at]) at++
  return at === part.length
}

it('every registered toxic has an example here', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual([...toxics.keys()].sort())
})

describe.each(cases)('$text', ({ name, attributes, loses }) => {
  it('invents no byte and keeps the order', async () => {
    const { pair, sent } = await play(name, attributes)
    for (const flow of FLOWS) expect(isSubsequence(received(pair, flow), sent[flow].toString('latin1'))).toBe(true)
  })

  it.skipIf(loses)('has lost nothing once it is lifted', async () => {
    const { pair, sent } = await play(name, attributes)
    for (const flow of FLOWS) expect(received(pair, flow)).toBe(sent[flow].toString('latin1'))
  })

  it.skipIf(loses)('brings the ends behind everything else', async () => {
    const { pair, bench } = await play(name, attributes, ({ client, broker }) => {
      client.end()
      broker.end()
    })
    expect([pair.client.got.at(-1), pair.broker.got.at(-1)].map(line => line?.split(' ')[1])).toEqual(['fin', 'fin'])
    expect(bench.clock.live).toBe(0)
  })

  it('touches only the flows that it was added to', async () => {
    const bench = new Bench()
    const { client, broker } = bench.open()
    bench.add(name, attributes, { flows: ['down'] })
    client.send(Buffer.from([0xc0, 0]))
    client.end()
    expect(broker.got).toEqual(['0 open', '0 \xc0\0', '0 fin'])
    expect(client.got).toEqual([])
  })

  it('leaves no timer when it is lifted, or when the connection is over', async () => {
    const { bench } = await play(name, attributes)
    expect(bench.clock.live).toBe(0)
    const second = new Bench()
    const { client, broker } = second.open()
    second.add(name, attributes)
    client.send('x'.repeat(1000))
    broker.send('y'.repeat(1000))
    second.order({ to: 'link', do: 'end', side: 'both', how: 'rst' })
    expect([client.closed, broker.closed, second.clock.live]).toEqual([true, true, 0])
  })

  it('does the same again with the same seed', async () => {
    const [first, second] = [await play(name, attributes), await play(name, attributes)]
    expect(first.bench.events).toEqual(second.bench.events)
    expect(first.pair.client.got).toEqual(second.pair.client.got)
  })

  it('has attributes that it refuses', () => {
    expect(toxics.get(name)?.options.safeParse({ gremlin: 1 }).success).toBe(false)
  })
})
