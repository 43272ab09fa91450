const CLOCK =
  "no lab can set a peer's clock yet: the real ones share this machine's, and in the simulation all share one; a clock that stops and goes on is `freeze`"

/** What people look for among the faults, and why it is not there. */
export const notFaults: Readonly<Record<string, string>> = {
  'clock-step': CLOCK,
  'clock-skew': CLOCK,
  'clock-drift': CLOCK,
  'clock-jump': CLOCK,
  clock: CLOCK,
  loss: 'TCP repairs lost packets, so a lossy path is a slow one to its users: `delay` with jitter, or `blackhole` for a moment',
  'packet-loss':
    'TCP repairs lost packets, so a lossy path is a slow one to its users: `delay` with jitter, or `blackhole` for a moment',
  partition: 'a path on which nothing passes, either way, is `blackhole`',
  latency: 'this is `delay: { latency: ... }`',
}
