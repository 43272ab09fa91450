const CLOCK =
  'a date that is set is `clock-step: { peer: client, by: +1h }`, clocks that run too fast `clock-drift: { percent: 5 }`'
const SUSPEND = 'a device that sleeps is `sleep: { peer: client }`; a peer that stands still is `freeze`'

/** What people look for among the faults, and why it is not there. */
export const notFaults: Readonly<Record<string, string>> = {
  'clock-skew': CLOCK,
  'clock-jump': CLOCK,
  clock: CLOCK,
  suspend: SUSPEND,
  hibernate: SUSPEND,
  loss: 'TCP repairs lost packets, so a lossy path is a slow one to its users: `delay` with jitter, or `blackhole` for a moment',
  'packet-loss':
    'TCP repairs lost packets, so a lossy path is a slow one to its users: `delay` with jitter, or `blackhole` for a moment',
  'network-change': 'a client whose address changes is `roam`; a NAT that gives it another port is `rebind`',
  failover: 'a load balancer that fails over is `draining: { how: rst }`',
  partition: 'a path on which nothing passes, either way, is `blackhole`',
  latency: 'this is `delay: { latency: ... }`',
}
