import { duration, FLOWS, resolveDuration, z } from 'halfopen'

const options = z.strictObject({
  latency: duration.prefault('0ms').describe('of the new cell, one way'),
})

/**
 * A phone changes its cell: for a moment nothing passes, and what was sent meanwhile comes late; from then on the path is slower. Pure:
 * options in, orders to the link out.
 * @type {import('halfopen').Fault<import('halfopen').z.infer<typeof options>>}
 */
export const handover = {
  name: 'handover',
  summary: 'a phone changes its cell: a gap, and then a path that is slower',
  options,
  holds: 'order',
  // What a scenario's `scale` shortens.
  scaled: ['latency'],
  on: () => [
    {
      to: 'link',
      do: 'add',
      key: 'gap',
      toxic: 'blackhole',
      attributes: { recovery: 'retransmit', holds: 'everything' },
      flows: FLOWS,
    },
  ],
  off: ({ latency }, keepaliveMs) => [
    { to: 'link', do: 'remove', key: 'gap' },
    {
      to: 'link',
      do: 'add',
      key: 'cell',
      toxic: 'delay',
      attributes: { latencyMs: resolveDuration(latency, keepaliveMs), jitterMs: 0 },
      flows: FLOWS,
    },
  ],
}
