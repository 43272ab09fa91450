import { duration, inconclusive, resolveDuration, sentPackets, z } from 'halfopen'

const options = z.strictObject({
  max: duration.prefault('1.25K').describe('the longest silence that is allowed'),
})

/**
 * The client never says nothing for longer than `max` while it is connected. Pure: the evidence of one client in, a finding out.
 * @type {import('halfopen').Check<import('halfopen').z.infer<typeof options>>}
 */
export const neverSilent = {
  name: 'never-silent',
  summary: 'the client is never silent for longer than `max` (default 1.25K) while it is connected',
  label: 'silent at most',
  options,
  // A pass proves nothing where the connection was not healthy before the fault; a fail stands.
  needsControl: 'pass',
  judge({ max }, { connections, keepaliveMs, endMs }) {
    const connection = connections.find(({ establishedMs }) => establishedMs !== undefined)
    if (connection?.establishedMs === undefined) return inconclusive('no CONNACK reached the client')
    const untilMs = connection.ends.find(({ edge }) => edge === 'client')?.atMs ?? endMs
    const sentMs = sentPackets(connection, 'up').map(({ atMs }) => atMs)
    const moments = [connection.establishedMs, ...sentMs.filter(atMs => atMs <= untilMs), untilMs].sort((a, b) => a - b)
    const gaps = moments.slice(1).map((toMs, i) => ({ toMs, forMs: toMs - (moments[i] ?? toMs) }))
    const longest = gaps.reduce((a, b) => (b.forMs > a.forMs ? b : a), { toMs: untilMs, forMs: 0 })
    const latestMs = resolveDuration(max, keepaliveMs)
    return {
      result: longest.forMs > latestMs ? 'fail' : 'pass',
      sinceMs: longest.toMs - longest.forMs,
      seenMs: longest.toMs,
      window: { earliestMs: 0, latestMs, origin: 'scenario', source: 'never-silent' },
      reason: `the client was silent for ${Math.round(longest.forMs)} ms at the longest; allowed ${Math.round(latestMs)} ms`,
    }
  },
}
